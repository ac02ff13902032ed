/** Whose time is asked for: a test clock can move one account while the others stay in the present. */
export type ClockScope = { tenantId: string; accountId?: string }

/** The only source of the present in services. Domain and store code take instants as arguments. */
export type Clock = { now(scope?: ClockScope): Temporal.Instant }

let presentMs = 0
let present = Temporal.Instant.fromEpochMilliseconds(presentMs)

/** The machine's clock, in milliseconds, the same for every scope: one instant for all who ask within one. */
export const systemClock: Clock = {
  now: () => {
    const nowMs = Date.now()
    if (nowMs !== presentMs) {
      presentMs = nowMs
      present = Temporal.Instant.fromEpochMilliseconds(nowMs)
    }
    return present
  },
}

/** A clock that stands still, for tests and for work replayed as of an instant. */
export function fixedClock(instant: Temporal.Instant): Clock {
  return { now: () => instant }
}
