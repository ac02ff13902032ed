import { type FieldViolation, PurserError } from '@purser/kernel'
import { currentPeriod } from './billing-calendar.ts'
import { isBefore, later } from './instant.ts'
import { type Subscription, subscriptionMoves } from './subscription.ts'

/**
 * The subscription as canceled at `endAt`: now when undefined, or its start when that is still to
 * come. One that is canceled already comes back as it is.
 *
 * The end lies at or after the start and, once the subscription has begun, at or after the start of
 * the billing period that holds `now`: earlier periods have ended and may be billed. Any later end
 * is fine. Throws `request.invalid` naming `end_time`.
 */
export function cancel(
  subscription: Subscription,
  endAt: Temporal.Instant | undefined,
  now: Temporal.Instant,
): Subscription {
  if (!canCancel(subscription)) return subscription
  const end = endAt ?? later(now, subscription.startAt)
  const period = currentPeriod(subscription, now)
  if (isBefore(end, subscription.startAt)) {
    throw refused(`must not be before ${subscription.startAt}, when the subscription starts`)
  }
  if (period && isBefore(end, period.start)) {
    throw refused(`must not be before ${period.start}, when the current billing period began`)
  }
  return { ...subscription, status: 'canceled', endAt: end }
}

function canCancel({ status }: Subscription): boolean {
  return subscriptionMoves[status].some((next) => next === 'canceled')
}

function refused(message: string): PurserError {
  const fields: FieldViolation[] = [{ field: 'end_time', message }]
  return new PurserError('request.invalid', `end_time ${message}`, { fields })
}
