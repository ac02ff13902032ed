import { Decimal } from '@purser/kernel'
import {
  DEFAULT_QUANTITY,
  DEFAULT_SOURCE,
  type Refusal,
  type UsageEvent,
} from '../domain/usage-event.ts'
import { parseRfc3339Micros } from './rfc3339.ts'

/**
 * The hand-tuned decoder of one usage event: the contract's `metering.v1.UsageEvent` as JSON. It takes and
 * refuses exactly what the contract does; test/decoder-equivalence.test.ts holds the two together. Limits are
 * those of contracts/proto/metering/v1/metering.proto.
 */
const FIELDS = new Set(['id', 'source', 'type', 'subject', 'time', 'quantity', 'properties'])
const RESOURCE_ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/
const MAX_ID_LENGTH = 200
const MAX_PROPERTIES = 50
const MAX_KEY_LENGTH = 63
const MAX_VALUE_LENGTH = 500

/** A decoded event, or why it was refused together with its id if that could be read. */
export type Decoded =
  | { ok: true; event: UsageEvent }
  | { ok: false; refusal: Refusal; id: string | undefined }

/** `value` is parsed JSON in which a risky number under `quantity` kept its text (exact-json.ts). */
export function decodeEvent(value: unknown): Decoded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(undefined, 'an event is a JSON object')
  }
  const raw = value as Record<string, unknown>
  const id = typeof raw['id'] === 'string' ? raw['id'] : undefined
  for (const key in raw) {
    if (!FIELDS.has(key)) return refuse(id, `unknown field "${key.slice(0, 63)}"`)
  }
  if (id === undefined || !isText(id, MAX_ID_LENGTH))
    return refuse(id, 'id: text of 1 to 200 characters')
  const source = raw['source'] ?? DEFAULT_SOURCE
  if (typeof source !== 'string' || (source !== '' && !isText(source, MAX_ID_LENGTH))) {
    return refuse(id, 'source: text of at most 200 characters')
  }
  const { type, subject } = raw
  if (typeof type !== 'string' || !RESOURCE_ID.test(type)) return refuse(id, `type: ${ID_RULE}`)
  if (typeof subject !== 'string' || !RESOURCE_ID.test(subject))
    return refuse(id, `subject: ${ID_RULE}`)
  const timeMicros = decodeTime(raw['time'])
  if (timeMicros === null) return refuse(id, 'time: an RFC 3339 time such as 2026-02-26T22:18:10Z')
  const quantity = decodeQuantity(raw['quantity'])
  if (quantity === undefined) return refuse(id, 'quantity: a plain decimal number, no exponent')
  const properties = decodeProperties(raw['properties'])
  if (typeof properties === 'string') return refuse(id, properties)
  return {
    ok: true,
    event: {
      id,
      source: source || DEFAULT_SOURCE,
      type,
      subject,
      timeMicros,
      quantity,
      properties,
    },
  }
}

const ID_RULE = 'letters, digits and ._:@- (1 to 128 characters, first a letter or digit)'

function refuse(id: string | undefined, detail: string): Decoded {
  return {
    ok: false,
    refusal: { reason: 'invalid_event', detail },
    id: id?.slice(0, MAX_ID_LENGTH),
  }
}

/** Text that Postgres can hold: well-formed, without NUL, of 1 to `maxLength` code points. */
function isText(text: string, maxLength: number): boolean {
  if (text.length === 0 || text.includes('\0') || !text.isWellFormed()) return false
  return text.length <= maxLength || (text.length <= 2 * maxLength && [...text].length <= maxLength)
}

/** Microseconds; undefined when left out, null when wrong. */
function decodeTime(value: unknown): number | undefined | null {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? (parseRfc3339Micros(value) ?? null) : null
}

/** Plain decimal text; undefined when wrong. */
function decodeQuantity(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return DEFAULT_QUANTITY
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  return Decimal.tryParse(text) === undefined ? undefined : text
}

/** The properties, undefined without any, or a sentence that says what is wrong. */
function decodeProperties(value: unknown): Readonly<Record<string, string>> | string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) return 'properties: an object of texts'
  let count = 0
  for (const key in value) {
    count += 1
    if (key !== '' && !isText(key, MAX_KEY_LENGTH)) {
      return 'properties: a name has at most 63 characters'
    }
    const text = (value as Record<string, unknown>)[key]
    if (typeof text !== 'string') return `properties.${key}: a text; send numbers as text`
    if (text !== '' && !isText(text, MAX_VALUE_LENGTH)) {
      return `properties.${key}: at most 500 characters`
    }
  }
  if (count > MAX_PROPERTIES) return 'properties: at most 50'
  return count === 0 ? undefined : (value as Record<string, string>)
}
