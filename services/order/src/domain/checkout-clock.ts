import type { Checkout } from './checkout.ts'

/** How long goods are kept for a checkout, and how long a shopper has for the payment. */
const HOLD_MINUTES = 15

/** Bounds of the pauses between two tries of a step, in milliseconds. */
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 60_000

/** Until when the goods of a checkout are kept, and its payment is waited for. */
export function reservationEnd({ createdAt }: Pick<Checkout, 'createdAt'>): Temporal.Instant {
  return createdAt.add({ minutes: HOLD_MINUTES })
}

/**
 * When the lease of a worker that goes on to another step ends. It is left as it is while nine tenths of it remain: most
 * checkouts are done by then, and a row whose times stay is cheap to change.
 */
export function leaseEnd(
  { dueAt }: Pick<Checkout, 'dueAt'>,
  now: Temporal.Instant,
  leaseMs: number,
): Temporal.Instant {
  const soonest = now.add({ milliseconds: leaseMs - Math.floor(leaseMs / 10) })
  const isFresh = dueAt !== undefined && Temporal.Instant.compare(dueAt, soonest) >= 0
  return isFresh ? dueAt : now.add({ milliseconds: leaseMs })
}

/** When a step that was tried `attemptCount` times in vain is tried again: 2 s, 4 s, 8 s … 1 min later. */
export function nextTry(now: Temporal.Instant, attemptCount: number): Temporal.Instant {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attemptCount, 10), LONGEST_PAUSE_MS)
  return now.add({ milliseconds: pauseMs })
}
