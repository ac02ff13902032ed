import { Decimal } from '@purser/kernel'

/** What the driver sends without a conversion of its own; a Buffer goes in binary format. */
type Parameter = string | number | boolean | Buffer | null | readonly Parameter[]

/**
 * Converts one value of a statement: `Temporal.Instant` to RFC 3339 text, `bigint` and `Decimal` to
 * plain digits, arrays to Postgres arrays element by element, any other object to JSON, `undefined`
 * to null. For a jsonb array pass `JSON.stringify(list)`.
 */
export function toParameter(value: unknown): Parameter {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return value.toString()
    case 'undefined':
      return null
    case 'object':
      return fromObject(value)
    default:
      throw new TypeError(`a ${typeof value} cannot be a parameter of a statement`)
  }
}

function fromObject(value: object | null): Parameter {
  if (value === null || Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return value.map(toParameter)
  if (value instanceof Temporal.Instant || value instanceof Decimal) return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return JSON.stringify(value)
}
