import { create } from '@bufbuild/protobuf'
import { TimestampSchema, type Timestamp } from '@bufbuild/protobuf/wkt'

const NANOS_PER_SECOND = 1_000_000_000n

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

/** The instant of a contract's timestamp. */
export function fromProtoTimestamp(timestamp: Timestamp): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(
    timestamp.seconds * NANOS_PER_SECOND + BigInt(timestamp.nanos),
  )
}
