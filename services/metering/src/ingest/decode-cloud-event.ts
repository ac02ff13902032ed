import { decodeEvent, type Decoded } from './decode-event.ts'

const MAX_NESTED_LENGTH = 500

/**
 * Decodes one CloudEvents 1.0 event in JSON form whose numbers kept their text (exact-json.ts). `id`, `source`,
 * `type`, `subject` and `time` are the event's own; `data.quantity` is the quantity; every other member of
 * `data` becomes a property, nested ones as JSON text. Extensions of the envelope are left aside.
 * Source: CloudEvents 1.0.2, JSON event format.
 */
export function decodeCloudEvent(value: unknown): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return decodeEvent(value)
  const envelope = value as Record<string, unknown>
  const id = typeof envelope['id'] === 'string' ? envelope['id'] : undefined
  const refusal = refuseEnvelope(envelope)
  if (refusal !== undefined) {
    return { ok: false, id, refusal: { reason: 'invalid_event', detail: refusal } }
  }
  const { quantity, ...rest } = (envelope['data'] ?? {}) as Record<string, unknown>
  const properties: Record<string, unknown> = Object.create(null)
  for (const [key, member] of Object.entries(rest)) {
    if (member !== null) properties[key] = propertyText(member)
  }
  return decodeEvent({
    id: envelope['id'],
    source: envelope['source'],
    type: envelope['type'],
    subject: envelope['subject'],
    time: envelope['time'],
    quantity,
    properties,
  })
}

function refuseEnvelope(envelope: Record<string, unknown>): string | undefined {
  if (envelope['specversion'] !== '1.0') return 'specversion: must be "1.0"'
  if (typeof envelope['source'] !== 'string' || envelope['source'] === '')
    return 'source: is required'
  const data = envelope['data']
  if (data !== undefined && data !== null && (typeof data !== 'object' || Array.isArray(data))) {
    return 'data: a JSON object'
  }
  return envelope['data_base64'] === undefined
    ? undefined
    : 'data_base64: not read; send data as JSON'
}

function propertyText(member: unknown): string {
  if (typeof member === 'string') return member
  return JSON.stringify(member).slice(0, MAX_NESTED_LENGTH + 1)
}
