import { PurserError } from '@purser/kernel'
import { hasEnded, type Subscription } from './subscription.ts'

/**
 * The subscription with this many seats in all; the same object when it has them already. Throws
 * `subscription.not_active` once it has ended.
 */
export function setSeats(
  subscription: Subscription,
  seats: number,
  now: Temporal.Instant,
): Subscription {
  if (hasEnded(subscription, now)) throw notActive()
  return seats === subscription.seats ? subscription : { ...subscription, seats }
}

function notActive(): PurserError {
  return new PurserError('subscription.not_active', 'The subscription has ended.')
}
