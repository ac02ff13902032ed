import { assert, onceEach, PurserError } from '@purser/kernel'

/**
 * Arrays in the binary format of the wire protocol, for hot statements of the shape `insert ...
 * select ... from unnest($1::text[], $2::int8[])`. The driver sends a Buffer as it is, so the cast
 * in the statement must name the same element type. Source: `array_recv` in
 * src/backend/utils/adt/arrayfuncs.c of Postgres.
 */
const headerBytes = 20
const emptyArrayHeaderBytes = 12
const elementOid = { int8: 20, text: 25, timestamptz: 1184 }

/** 2000-01-01T00:00:00Z, the zero of timestamptz on the wire, in microseconds since 1970. */
const postgresEpochMicros = 946_684_800_000_000
const postgresEpochMicrosBig = BigInt(postgresEpochMicros)

/** A `text[]` of one dimension. Throws `request.invalid` for text with a NUL character. */
export function encodeTextArray(values: readonly (string | null)[]): Buffer {
  let size = headerBytes + 4 * values.length
  let hasNull = false
  for (const value of values) {
    if (value === null) hasNull = true
    else size += Buffer.byteLength(value)
  }
  const buffer = arrayBuffer(elementOid.text, values.length, size, hasNull)
  let offset = headerBytes
  for (const value of values) {
    if (value === null) {
      buffer.writeInt32BE(-1, offset)
      offset += 4
      continue
    }
    if (value.includes('\0')) {
      throw new PurserError('request.invalid', 'Text must not contain the NUL character.')
    }
    const length = buffer.write(value, offset + 4, 'utf8')
    buffer.writeInt32BE(length, offset)
    offset += 4 + length
  }
  return buffer
}

/** An `int8[]` of one dimension; numbers are safe integers, bigints fit in 64 signed bits. */
export function encodeInt8Array(values: readonly (bigint | number | null)[]): Buffer {
  return encodeLongs(elementOid.int8, values, 0, 0n)
}

/** A `timestamptz[]` of one dimension, from instants or microseconds since 1970-01-01T00:00:00Z. */
export function encodeTimestamptzArray(
  times: readonly (bigint | number | Temporal.Instant | null)[],
): Buffer {
  const toMicros = onceEach((time: Temporal.Instant) => time.epochNanoseconds / nanosPerMicro)
  const epochMicros = times.map((time) =>
    time instanceof Temporal.Instant ? toMicros(time) : time,
  )
  return encodeLongs(
    elementOid.timestamptz,
    epochMicros,
    postgresEpochMicros,
    postgresEpochMicrosBig,
  )
}

const nanosPerMicro = 1_000n

/** The same origin twice: arithmetic on numbers is several times faster than on bigints. */
function encodeLongs(
  oid: number,
  values: readonly (bigint | number | null)[],
  origin: number,
  bigOrigin: bigint,
): Buffer {
  let size = headerBytes + 4 * values.length
  for (const value of values) if (value !== null) size += 8
  const hasNull = size < headerBytes + 12 * values.length
  const buffer = arrayBuffer(oid, values.length, size, hasNull)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  let offset = headerBytes
  for (const value of values) {
    if (value === null) {
      view.setInt32(offset, -1)
      offset += 4
      continue
    }
    view.setInt32(offset, 8)
    if (typeof value === 'bigint') writeBigInt(view, offset + 4, value - bigOrigin)
    else writeInteger(view, offset + 4, value, origin)
    offset += 12
  }
  return buffer
}

function writeBigInt(view: DataView, offset: number, value: bigint): void {
  assert(BigInt.asIntN(64, value) === value, () => `${value} does not fit in 64 bits`)
  view.setBigInt64(offset, value)
}

function writeInteger(view: DataView, offset: number, value: number, origin: number): void {
  const long = value - origin
  const isExact = Number.isSafeInteger(value) && Number.isSafeInteger(long)
  assert(isExact, () => `${value} is not a safe integer`)
  view.setInt32(offset, Math.floor(long / 2 ** 32))
  view.setUint32(offset + 4, long >>> 0)
}

function arrayBuffer(oid: number, count: number, size: number, hasNull: boolean): Buffer {
  const buffer = Buffer.allocUnsafe(count === 0 ? emptyArrayHeaderBytes : size)
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0)
  buffer.writeInt32BE(hasNull ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  if (count === 0) return buffer
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}
