import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Subscription } from './domain/subscription.ts'

/**
 * `subscription.activated`: `{ subscription_id, account_id, plan_key, plan_version, start_time }`.
 */
export async function publishSubscriptionActivated(
  tx: Tx,
  tenantId: string,
  subscription: Subscription,
): Promise<void> {
  const occurredAt = subscription.createdAt
  const payload = { ...describe(subscription), start_time: subscription.startAt.toString() }
  await publish(tx, [{ tenantId, subject: 'subscription.activated', occurredAt, payload }])
}

/**
 * `subscription.batch_activated`: `{ created_count, plans: [{ plan_key, plan_version, created_count
 * }] }`. One event for all: a batch is how a tenant moves in, and consumers that need each
 * subscription page through ListSubscriptions.
 */
export async function publishBatchActivated(
  tx: Tx,
  tenantId: string,
  occurredAt: Temporal.Instant,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const byPlan = Map.groupBy(subscriptions, (each) => `${each.planKey} ${each.planVersion}`)
  const plans = [...byPlan.values()].flatMap((group) =>
    group.slice(0, 1).map(({ planKey, planVersion }) => ({
      plan_key: planKey,
      plan_version: planVersion,
      created_count: group.length,
    })),
  )
  const payload = { created_count: subscriptions.length, plans }
  await publish(tx, [{ tenantId, subject: 'subscription.batch_activated', occurredAt, payload }])
}

/** `subscription.canceled`: `{ subscription_id, account_id, plan_key, plan_version, end_time }`. */
export async function publishSubscriptionCanceled(
  tx: Tx,
  tenantId: string,
  occurredAt: Temporal.Instant,
  subscription: Subscription,
): Promise<void> {
  const payload = { ...describe(subscription), end_time: String(subscription.endAt) }
  await publish(tx, [{ tenantId, subject: 'subscription.canceled', occurredAt, payload }])
}

function describe(subscription: Subscription) {
  return {
    subscription_id: subscription.subscriptionId,
    account_id: subscription.accountId,
    plan_key: subscription.planKey,
    plan_version: subscription.planVersion,
  }
}
