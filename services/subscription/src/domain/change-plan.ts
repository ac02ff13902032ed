import { assert, PurserError } from '@purser/kernel'
import { cancel } from './cancel.ts'
import type { PlanVersion } from './plan.ts'
import type { Subscription } from './subscription.ts'

/** What an account is to be on from now on. */
export type PlanChange = {
  subscriptionId: string
  plan: Pick<PlanVersion, 'planKey' | 'version' | 'intervalUnit' | 'intervalCount'>
  /** Undefined keeps what there are. */
  seats: number | undefined
}

/**
 * A subscription that ends now (at its start when that is to come) and the one that follows it at that
 * instant, with the same alignment and time zone: in one zone, the days of the two are counted once
 * each, and no event lies in both. Throws `subscription.not_active` for one that is canceled, and
 * `subscription.already_active` for the version that it is on.
 */
export function changePlan(
  running: Subscription,
  { subscriptionId, plan, seats }: PlanChange,
  now: Temporal.Instant,
): { ended: Subscription; started: Subscription } {
  if (running.status !== 'active') {
    throw new PurserError('subscription.not_active', 'The subscription is canceled.')
  }
  if (running.planKey === plan.planKey && running.planVersion === plan.version) {
    const message = `The subscription is on version ${plan.version} of that plan already.`
    throw new PurserError('subscription.already_active', message)
  }
  const ended = cancel(running, undefined, now)
  assert(ended.endAt, 'a canceled subscription has an end')
  const started: Subscription = {
    ...running,
    subscriptionId,
    planKey: plan.planKey,
    planVersion: plan.version,
    startAt: ended.endAt,
    seats: seats ?? running.seats,
    intervalUnit: plan.intervalUnit,
    intervalCount: plan.intervalCount,
    createdAt: now,
  }
  return { ended, started }
}
