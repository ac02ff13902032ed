import {
  create,
  type DescMethodStreaming,
  type DescMethodUnary,
  type Message,
} from '@bufbuild/protobuf'
import type { ContextValues, Transport } from '@connectrpc/connect'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { RestRoute } from '@purser/rest'
import type { Operation } from './operation.ts'
import type { MatrixRequest } from './request-of.ts'

/** The message that stands for a request. Throws what the decoder throws for what no message can say. */
export function messageOf({ route }: Operation, request: MatrixRequest): Message {
  const { captures, query, body } = request
  if (route.kind !== 'upload' && route.kind !== 'foreign')
    return route.decoder.decode({ captures, query, body })
  const message = route.decoder.decode({ captures, query, body: '' })
  const piece = create(HttpBodySchema, {
    contentType: 'application/json',
    data: Buffer.from(body),
  })
  const { body: field } = route.binding
  return Object.assign(message, typeof field === 'object' ? { [field.localName]: piece } : {})
}

/** How a message reaches a method. */
export type Delivery = {
  transport: Transport
  header?: Record<string, string>
  values?: ContextValues | undefined
}

/** What a method answers to a message, as text; a stream's messages line by line. */
export async function callRoute(
  route: RestRoute,
  input: Message,
  { transport, header = {}, values }: Delivery,
): Promise<string> {
  const { method } = route
  if (method.methodKind === 'unary') {
    const unary = method as DescMethodUnary
    const { message } = await transport.unary(unary, undefined, undefined, header, input, values)
    return route.kind === 'download' || route.kind === 'foreign'
      ? textOf(message)
      : JSON.stringify(route.encode(message))
  }
  const once = (async function* () {
    yield input
  })()
  const streaming = method as DescMethodStreaming
  const answer = await transport.stream(streaming, undefined, undefined, header, once, values)
  const texts: string[] = []
  for await (const message of answer.message) texts.push(JSON.stringify(route.encode(message)))
  return texts.join('\n')
}

function textOf(message: Message): string {
  return Buffer.from((message as HttpBody).data).toString('latin1')
}
