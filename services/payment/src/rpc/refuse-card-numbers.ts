import type { DescMessage, Message } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type FieldViolation, PurserError } from '@purser/kernel'
import { holdsCardNumber } from '../domain/card-number.ts'

/**
 * Refuses a request with a text that reads as a card number, wherever it stands, before anything is
 * done with it. The refusal names the field and never the text. Throws `payment.card_number_refused`.
 */
export function refuseCardNumbers<Request extends Message, Reply>(
  handler: (request: Request, call: HandlerContext) => Promise<Reply>,
): (request: Request, call: HandlerContext) => Promise<Reply> {
  return async (request, call) => {
    const fields = cardNumbersIn(call.method.input, request, '')
    if (fields.length === 0) return await handler(request, call)
    throw new PurserError(
      'payment.card_number_refused',
      'A field holds what reads as a card number. Send a token of the payment provider instead; card numbers are never taken.',
      { fields },
    )
  }
}

function cardNumbersIn(desc: DescMessage, message: Message, path: string): FieldViolation[] {
  return desc.fields.flatMap((field) => {
    const { oneof, localName, name } = field
    const holder = message as Message & Record<string, unknown>
    const group = oneof && (holder[oneof.localName] as { case?: string; value?: unknown })
    const isSet = group === undefined || group.case === localName
    const value = group === undefined ? holder[localName] : group.value
    if (!isSet || value === undefined) return []
    const inner = field.message
    return textsAndMessages(value, `${path}${name}`).flatMap(([where, item]) => {
      if (typeof item === 'string') return holdsCardNumber(item) ? [violation(where)] : []
      return inner ? cardNumbersIn(inner, item, `${where}.`) : []
    })
  })
}

/** What stands in a field, one by one, with its path. */
function textsAndMessages(value: unknown, path: string): [string, string | Message][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => textsAndMessages(item, `${path}[${index}]`))
  }
  return '$typeName' in value ? [[path, value as Message]] : []
}

function violation(field: string): FieldViolation {
  return { field, message: 'must not hold a card number' }
}
