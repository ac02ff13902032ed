/** Whose time is asked for: a test clock can move one account while the others stay in the present. */
export type ClockScope = { tenantId: string; accountId?: string }

/** The only source of the present in services. Domain and store code take instants as arguments. */
export type Clock = { now(scope?: ClockScope): Temporal.Instant }

/** The machine's clock, in milliseconds, the same for every scope. */
export const systemClock: Clock = {
  now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()),
}

/** A clock that stands still, for tests and for work replayed as of an instant. */
export function fixedClock(instant: Temporal.Instant): Clock {
  return { now: () => instant }
}
