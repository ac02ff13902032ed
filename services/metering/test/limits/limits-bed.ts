import type { MessageInitShape } from '@bufbuild/protobuf'
import { LimitWindow, type EntitlementSchema } from '@purser/contracts/common/v1/entitlement'
import {
  HoldingAlignment,
  HoldingInterval,
  type PlanHoldingSchema,
  type TopUpSchema,
} from '@purser/contracts/metering/v1/metering'
import type { Database } from '@purser/postgres'
import { toProtoTimestamp } from '@purser/rpc'
import { startTestRedis } from '@purser/testing'
import { Redis } from 'ioredis'
import { PostgresCounters } from '../../src/limits/postgres-counters.ts'
import { RedisCounters } from '../../src/limits/redis/redis-counters.ts'
import type { UsageCounters } from '../../src/limits/usage-counters.ts'
import { startMetering } from '../metering-harness.ts'

export type EntitlementInit = MessageInitShape<typeof EntitlementSchema>
type HoldingInit = MessageInitShape<typeof PlanHoldingSchema>
type TopUpInit = MessageInitShape<typeof TopUpSchema>

export const TENANT = 'acme'
const LONG_AGO = Temporal.Instant.from('2026-01-15T10:30:00Z')

/** A time as the contract has it. */
export const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

/** A limit over a window that does not turn during a test. */
export function limit(limitKey: string, quantity: number, more: object = {}) {
  return { limitKey, quantity: BigInt(quantity), window: LimitWindow.MONTH, ...more }
}

/** Where counters can be: one suite runs over both. */
export const counterHomes = ['postgres', 'redis'] as const
export type CounterHomeName = (typeof counterHomes)[number]

/** The metering service with a tenant, a meter, and words to say what accounts hold. */
export async function openLimits(home: CounterHomeName = 'postgres') {
  const redis = home === 'redis' ? await startTestRedis() : undefined
  const metering = await startMetering(redis && { countersUrl: redis.url })
  /** Looks into that Redis. */
  const redisClient = redis && new Redis(redis.url, { lazyConnect: true })
  redisClient?.on('error', () => undefined)
  const opened: RedisCounters[] = []
  /** Counters of one more process; `nowMicros` replaces the clock of Redis, when it is not 0. */
  const openCounters = (database: Database, nowMicros?: () => number): UsageCounters => {
    if (redis === undefined) return new PostgresCounters(database)
    const log = { warn: () => undefined }
    const clock = nowMicros && { nowMicros }
    const counters = new RedisCounters({ database, url: redis.url, log, ...clock })
    opened.push(counters)
    return counters
  }
  const counters = openCounters(metering.database)
  const close = async () => {
    for (const each of opened) await each.close()
    await metering.service.components[0]?.stop()
    await metering.close()
    redisClient?.disconnect()
    await redis?.[Symbol.asyncDispose]()
  }
  await metering.createMeter(TENANT)
  const as = metering.as(TENANT)
  let revision = 0n
  let plans = 0
  /** Puts a new plan version and answers its key. */
  const putPlan = async (...entitlements: EntitlementInit[]): Promise<string> => {
    plans += 1
    const planKey = `plan-${plans}`
    const withMeter = entitlements.map((entitlement) => ({ meterKey: 'requests', ...entitlement }))
    await metering.client.putPlanEntitlements(
      { tenant: TENANT, planKey, version: 1, entitlements: withMeter },
      as,
    )
    return planKey
  }
  /** Says what an account holds from now on; each holding names its plan. */
  const hold = async (accountId: string, holdings: HoldingInit[], topUps: TopUpInit[] = []) => {
    revision += 1n
    const complete = holdings.map((holding, index) => ({
      subscriptionId: `sub-${index}`,
      planVersion: 1,
      timeZone: 'UTC',
      anchorTime: toProtoTimestamp(LONG_AGO),
      interval: HoldingInterval.MONTH,
      intervalCount: 1,
      alignment: HoldingAlignment.ANNIVERSARY,
      startTime: toProtoTimestamp(LONG_AGO),
      ...holding,
    }))
    await metering.client.setAccountPlans(
      { tenant: TENANT, accounts: [{ accountId, revision, holdings: complete, topUps }] },
      as,
    )
  }
  /** Gives an account a plan of its own. */
  const entitle = async (accountId: string, ...entitlements: EntitlementInit[]) => {
    const planKey = await putPlan(...entitlements)
    await hold(accountId, [{ planKey }])
  }
  const consume = (accountId: string, units: Record<string, number>, more: object = {}) =>
    metering.client.consumeUsage(
      { tenant: TENANT, accountId, features: featuresOf(units), ...more },
      as,
    )
  /** Sum of the raw rows of an account, all sources. */
  const recorded = async (accountId: string, featureKey?: string): Promise<bigint> => {
    const [row] = await metering.adminQuery<{ sum: string }>(
      `select coalesce(sum(quantity), 0)::bigint as sum from metering.usage_event
       where subject = $1 and ($2::text is null or feature_key = $2)`,
      [accountId, featureKey ?? null],
    )
    return BigInt(row?.sum ?? 0)
  }
  /** Units that count, by the table in which counters are, or show. */
  const counted = async (accountId: string, limitKey: string): Promise<bigint> => {
    const features = await metering.adminQuery<{ feature_key: string }>(
      'select distinct feature_key from metering.usage_counter where account_id = $1',
      [accountId],
    )
    const pairs = features.map((row) => ({ accountId, featureKey: row.feature_key }))
    await counters.show(TENANT, pairs)
    const [row] = await metering.adminQuery<{ used: string }>(
      'select used from metering.usage_counter where account_id = $1 and limit_key = $2',
      [accountId, limitKey],
    )
    return BigInt(row?.used ?? 0)
  }
  return {
    ...metering,
    redis,
    redisClient,
    counters,
    openCounters,
    close,
    asTenant: metering.as,
    as,
    putPlan,
    hold,
    entitle,
    consume,
    recorded,
    counted,
  }
}

export type LimitsBed = Awaited<ReturnType<typeof openLimits>>

/** Features and units as the contract has them. */
export function featuresOf(units: Record<string, number>) {
  return Object.entries(units).map(([featureKey, quantity]) => ({
    featureKey,
    quantity: BigInt(quantity),
  }))
}
