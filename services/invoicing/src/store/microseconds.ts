/**
 * Converts instants to microseconds since 1970, for binary arrays; finer parts are cut off. Each object is
 * converted once: the invoices of a run share their few instants.
 */
export function microsecondConverter(): (instant: Temporal.Instant) => bigint {
  const known = new Map<Temporal.Instant, bigint>()
  return (instant) => {
    let micros = known.get(instant)
    if (micros === undefined) {
      micros = instant.epochNanoseconds / 1_000n
      known.set(instant, micros)
    }
    return micros
  }
}
