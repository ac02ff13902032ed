import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { PlanVersion } from './domain/plan.ts'
import type { Subscription } from './domain/subscription.ts'
import type { TopUp } from './domain/top-up.ts'

/** `plan.version_created`: `{ plan_key, plan_version, feature_keys }`; version 1 is a new plan. */
export async function publishPlanVersionCreated(
  tx: Tx,
  tenantId: string,
  plan: PlanVersion,
): Promise<void> {
  const payload = {
    plan_key: plan.planKey,
    plan_version: plan.version,
    feature_keys: [...plan.featureKeys],
  }
  const occurredAt = plan.createdAt
  await publish(tx, [{ tenantId, subject: 'plan.version_created', occurredAt, payload }])
}

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

/**
 * An account moved to another plan: `subscription.canceled` and `subscription.activated` as above, each
 * with the other's id: `replaced_by_subscription_id`, `replaces_subscription_id`.
 */
export async function publishPlanChanged(
  tx: Tx,
  tenantId: string,
  { ended, started }: { ended: Subscription; started: Subscription },
): Promise<void> {
  const occurredAt = started.createdAt
  const canceled = {
    ...describe(ended),
    end_time: String(ended.endAt),
    replaced_by_subscription_id: started.subscriptionId,
  }
  const activated = {
    ...describe(started),
    start_time: started.startAt.toString(),
    replaces_subscription_id: ended.subscriptionId,
  }
  await publish(tx, [
    { tenantId, subject: 'subscription.canceled', occurredAt, payload: canceled },
    { tenantId, subject: 'subscription.activated', occurredAt, payload: activated },
  ])
}

/**
 * `subscription.seats_changed`: `{ subscription_id, account_id, plan_key, plan_version, seats,
 * previous_seats }`; both are totals.
 */
export async function publishSeatsChanged(
  tx: Tx,
  tenantId: string,
  occurredAt: Temporal.Instant,
  { subscription, previousSeats }: { subscription: Subscription; previousSeats: number },
): Promise<void> {
  const { seats } = subscription
  const payload = { ...describe(subscription), seats, previous_seats: previousSeats }
  await publish(tx, [{ tenantId, subject: 'subscription.seats_changed', occurredAt, payload }])
}

/**
 * `top_up.created`: `{ top_up_id, account_id, feature_key, limit_key, quantity, expire_time }`;
 * `expire_time` is null for one that never expires.
 */
export async function publishTopUpCreated(tx: Tx, tenantId: string, topUp: TopUp): Promise<void> {
  const payload = {
    top_up_id: topUp.topUpId,
    account_id: topUp.accountId,
    feature_key: topUp.featureKey,
    limit_key: topUp.limitKey,
    // At most 2^53 - 1.
    quantity: Number(topUp.quantity),
    expire_time: topUp.expireAt?.toString() ?? null,
  }
  const occurredAt = topUp.createdAt
  await publish(tx, [{ tenantId, subject: 'top_up.created', occurredAt, payload }])
}

function describe(subscription: Subscription) {
  return {
    subscription_id: subscription.subscriptionId,
    account_id: subscription.accountId,
    plan_key: subscription.planKey,
    plan_version: subscription.planVersion,
  }
}
