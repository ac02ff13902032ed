import { statement, type Tx } from '@purser/postgres'
import type { Holding } from '../domain/holdings.ts'
import type { IntervalUnit } from '../domain/plan.ts'
import type { Alignment, Subscription, SubscriptionStatus } from '../domain/subscription.ts'

const COLUMNS = `
  subscription_id, account_id, plan_key, plan_version, status, start_at, end_at,
  alignment, time_zone, interval_unit, interval_count, seats, created_at`

/** The columns of a table that has a short name. */
function prefixed(table: string): string {
  return COLUMNS.split(',')
    .map((column) => `${table}.${column.trim()}`)
    .join(', ')
}

type SubscriptionRow = {
  subscription_id: string
  account_id: string
  plan_key: string
  plan_version: number
  status: SubscriptionStatus
  start_at: Temporal.Instant
  end_at: Temporal.Instant | null
  alignment: Alignment
  time_zone: string
  interval_unit: IntervalUnit
  interval_count: number
  seats: number
  created_at: Temporal.Instant
}

const insertSubscriptionsStatement = statement(
  'subscription.insert_subscriptions',
  `insert into subscription (tenant_id, ${COLUMNS})
   select $1, ${COLUMNS}
   from unnest(
     $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[],
     $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::integer[], $13::integer[],
     $14::timestamptz[]
   ) as wanted(${COLUMNS})`,
)

/** Inserts the subscriptions, under the locks of their accounts. */
export async function insertSubscriptions(
  tx: Tx,
  tenantId: string,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const column = <Name extends keyof Subscription>(name: Name) =>
    subscriptions.map((subscription) => subscription[name])
  await tx.execute(insertSubscriptionsStatement, [
    tenantId,
    column('subscriptionId'),
    column('accountId'),
    column('planKey'),
    column('planVersion'),
    column('status'),
    column('startAt'),
    column('endAt'),
    column('alignment'),
    column('timeZone'),
    column('intervalUnit'),
    column('intervalCount'),
    column('seats'),
    column('createdAt'),
  ])
}

const listHoldingsStatement = statement(
  'subscription.list_holdings',
  `select s.account_id, s.plan_key, v.meter_keys, s.end_at
   from subscription as s
   join plan_version as v
     on v.tenant_id = s.tenant_id
     and v.plan_key = s.plan_key
     and v.version = s.plan_version
   where s.tenant_id = $1
     and s.account_id = any($2::text[])
     and (s.end_at is null or s.end_at > $3::timestamptz)`,
)

/**
 * What the subscriptions of these accounts hold that do not end until after `after`. Takes no lock:
 * ask under the locks of the accounts, and it stays true until the transaction ends.
 */
export async function listHoldings(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
  after: Temporal.Instant,
): Promise<Holding[]> {
  const rows = await tx.query<{
    account_id: string
    plan_key: string
    meter_keys: string[]
    end_at: Temporal.Instant | null
  }>(listHoldingsStatement, [tenantId, accountIds, after])
  return rows.map((row) => ({
    accountId: row.account_id,
    planKey: row.plan_key,
    meterKeys: row.meter_keys,
    endAt: row.end_at ?? undefined,
  }))
}

const findSubscriptionStatement = statement(
  'subscription.find_subscription',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and subscription_id = $2`,
)

/** The subscription with this id, if there is one. Takes no lock. */
export async function findSubscription(
  tx: Tx,
  tenantId: string,
  subscriptionId: string,
): Promise<Subscription | undefined> {
  const [row] = await tx.query<SubscriptionRow>(findSubscriptionStatement, [
    tenantId,
    subscriptionId,
  ])
  return row && fromRowSubscription(row)
}

const lockSubscriptionStatement = statement(
  'subscription.lock_subscription',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and subscription_id = $2
   for no key update`,
)

/** As `findSubscription`; locks the row until the transaction ends. */
export async function lockSubscription(
  tx: Tx,
  tenantId: string,
  subscriptionId: string,
): Promise<Subscription | undefined> {
  const [row] = await tx.query<SubscriptionRow>(lockSubscriptionStatement, [
    tenantId,
    subscriptionId,
  ])
  return row && fromRowSubscription(row)
}

const updateEndStatement = statement(
  'subscription.update_end',
  `update subscription
   set status = $3, end_at = $4::timestamptz
   where tenant_id = $1
     and subscription_id = $2`,
)

/** Stores state and end of a subscription whose row is locked. */
export async function updateEnd(
  tx: Tx,
  tenantId: string,
  { subscriptionId, status, endAt }: Subscription,
): Promise<void> {
  await tx.execute(updateEndStatement, [tenantId, subscriptionId, status, endAt])
}

const updateSeatsStatement = statement(
  'subscription.update_seats',
  `update subscription
   set seats = $3::integer
   where tenant_id = $1
     and subscription_id = $2`,
)

/** Stores the seats of a subscription whose row is locked. */
export async function updateSeats(
  tx: Tx,
  tenantId: string,
  { subscriptionId, seats }: Subscription,
): Promise<void> {
  await tx.execute(updateSeatsStatement, [tenantId, subscriptionId, seats])
}

const listUnendedSubscriptionsStatement = statement(
  'subscription.list_unended_subscriptions',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and account_id = any($2::text[])
     and (end_at is null or end_at > $3::timestamptz)
   order by account_id, subscription_id`,
)

/**
 * Subscriptions of these accounts that do not end until after `after`, also those that have yet to
 * begin, by account and id. Takes no lock.
 */
export async function listUnendedSubscriptions(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
  after: Temporal.Instant,
): Promise<Subscription[]> {
  const rows = await tx.query<SubscriptionRow>(listUnendedSubscriptionsStatement, [
    tenantId,
    accountIds,
    after,
  ])
  return rows.map(fromRowSubscription)
}

const listEntitlingSubscriptionsStatement = statement(
  'subscription.list_entitling_subscriptions',
  `select ${prefixed('s')}
   from subscription as s
   join plan_version as v
     on v.tenant_id = s.tenant_id
     and v.plan_key = s.plan_key
     and v.version = s.plan_version
   where s.tenant_id = $1
     and s.account_id = any($2::text[])
     and (s.end_at is null or s.end_at > greatest(s.start_at, $3::timestamptz))
     and v.feature_keys <> '{}'
   order by s.account_id, s.subscription_id`,
)

/** As `listUnendedSubscriptions`, those to plans with features that are in force at some time. */
export async function listEntitlingSubscriptions(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
  after: Temporal.Instant,
): Promise<Subscription[]> {
  const rows = await tx.query<SubscriptionRow>(listEntitlingSubscriptionsStatement, [
    tenantId,
    accountIds,
    after,
  ])
  return rows.map(fromRowSubscription)
}

/** Where a list of subscriptions goes on, and how far. */
export type ListPosition = { afterId: string; limit: number }

const listSubscriptionsStatement = statement(
  'subscription.list_subscriptions',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and subscription_id > $2
     and ($3::text is null or status = $3)
   order by subscription_id
   limit $4::bigint`,
)

/** Subscriptions in order of their id, of one state when given. Takes no lock. */
export async function listSubscriptions(
  tx: Tx,
  tenantId: string,
  { afterId, limit, status }: ListPosition & { status: SubscriptionStatus | undefined },
): Promise<Subscription[]> {
  const rows = await tx.query<SubscriptionRow>(listSubscriptionsStatement, [
    tenantId,
    afterId,
    status,
    limit,
  ])
  return rows.map(fromRowSubscription)
}

const listAccountSubscriptionsStatement = statement(
  'subscription.list_account_subscriptions',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and account_id = $2
     and subscription_id > $3
     and ($4::text is null or status = $4)
   order by subscription_id
   limit $5::bigint`,
)

/** As `listSubscriptions`, those of one account. */
export async function listAccountSubscriptions(
  tx: Tx,
  tenantId: string,
  accountId: string,
  { afterId, limit, status }: ListPosition & { status: SubscriptionStatus | undefined },
): Promise<Subscription[]> {
  const rows = await tx.query<SubscriptionRow>(listAccountSubscriptionsStatement, [
    tenantId,
    accountId,
    afterId,
    status,
    limit,
  ])
  return rows.map(fromRowSubscription)
}

const listRunningSubscriptionsStatement = statement(
  'subscription.list_running_subscriptions',
  `select ${COLUMNS}
   from subscription
   where tenant_id = $1
     and subscription_id > $2
     and start_at < $3::timestamptz
     and (end_at is null or end_at > $4::timestamptz)
   order by subscription_id
   limit $5::bigint`,
)

/**
 * Subscriptions, active and canceled, that start before `until` and do not end until after `after`,
 * in order of their id: all that can have a period that ends in between. Takes no lock.
 */
export async function listRunningSubscriptions(
  tx: Tx,
  tenantId: string,
  question: ListPosition & { after: Temporal.Instant; until: Temporal.Instant },
): Promise<Subscription[]> {
  const { afterId, limit, after, until } = question
  const rows = await tx.query<SubscriptionRow>(listRunningSubscriptionsStatement, [
    tenantId,
    afterId,
    until,
    after,
    limit,
  ])
  return rows.map(fromRowSubscription)
}

function fromRowSubscription(row: SubscriptionRow): Subscription {
  return {
    subscriptionId: row.subscription_id,
    accountId: row.account_id,
    planKey: row.plan_key,
    planVersion: row.plan_version,
    status: row.status,
    startAt: row.start_at,
    endAt: row.end_at ?? undefined,
    alignment: row.alignment,
    timeZone: row.time_zone,
    intervalUnit: row.interval_unit,
    intervalCount: row.interval_count,
    seats: row.seats,
    createdAt: row.created_at,
  }
}
