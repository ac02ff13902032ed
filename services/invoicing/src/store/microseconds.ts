import { onceEach } from '@purser/kernel'

/** Converts instants to microseconds since 1970, for binary arrays; finer parts are cut off. */
export function microsecondConverter(): (instant: Temporal.Instant) => bigint {
  return onceEach((instant) => instant.epochNanoseconds / 1_000n)
}
