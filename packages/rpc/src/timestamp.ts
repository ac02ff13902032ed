import { create } from '@bufbuild/protobuf'
import { TimestampSchema, type Timestamp } from '@bufbuild/protobuf/wkt'

const NANOS_PER_SECOND = 1_000_000_000n
const NANOS_PER_MICROSECOND = 1_000

/** The contract's timestamp of an instant. */
export function toProtoTimestamp(instant: Temporal.Instant): Timestamp {
  const nanos = instant.epochNanoseconds
  let seconds = nanos / NANOS_PER_SECOND
  let rest = nanos % NANOS_PER_SECOND
  if (rest < 0n) {
    seconds -= 1n
    rest += NANOS_PER_SECOND
  }
  return create(TimestampSchema, { seconds, nanos: Number(rest) })
}

/**
 * The instant of a contract's timestamp, cut down to the microsecond: Postgres keeps no more and would
 * round up, so that 9999-12-31T23:59:59.999999999Z came back as a year that no timestamp can name.
 */
export function fromProtoTimestamp(timestamp: Timestamp): Temporal.Instant {
  const nanos = timestamp.nanos - (timestamp.nanos % NANOS_PER_MICROSECOND)
  return Temporal.Instant.fromEpochNanoseconds(timestamp.seconds * NANOS_PER_SECOND + BigInt(nanos))
}
