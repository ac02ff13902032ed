import { join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import {
  Aggregation,
  HoldingAlignment,
  HoldingInterval,
  MeteringService,
} from '@purser/contracts/metering/v1/metering'
import { systemClock } from '@purser/kernel'
import { createMeteringService, meteringManifest } from '@purser/metering'
import {
  asAdmin,
  createDatabase,
  migrate,
  rolePassword,
  startEmbeddedPostgres,
} from '@purser/postgres'
import { asService, createPrincipalCodec, createServiceHost, toProtoTimestamp } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'
import { temporaryFolder } from '@purser/testing'

export const TENANT = 'acme'
const ROLE = 'purser_metering'
const CHUNK = 1_000
const LONG_AGO = toProtoTimestamp(Temporal.Instant.from('2026-01-01T00:00:00Z'))

/**
 * Metering in this process, on an embedded Postgres of its own whose commits are durable. It counts there, or in the
 * Redis of `countersUrl`.
 */
export async function startLimitsBed(countersUrl?: string) {
  const folder = await temporaryFolder()
  const server = await startEmbeddedPostgres({
    dataDir: join(folder.path, 'postgres'),
    log: silentLogger,
  })
  const { adminUrl } = server
  const identity = { schema: 'metering', role: ROLE, password: rolePassword('bench', ROLE) }
  const migrationsDir = meteringManifest.migrationsDir.pathname
  await migrate({ ...identity, adminUrl, service: 'metering', migrationsDir, log: silentLogger })
  const database = createDatabase({ ...identity, url: adminUrl, log: silentLogger })
  const service = createMeteringService({
    database,
    clock: systemClock,
    maxWorkers: 2,
    maxDbJobs: 2,
    log: silentLogger,
    countersUrl,
  })
  const counters = service.components.find(({ name }) => name === 'metering counters')
  await counters?.start()
  const host = createServiceHost({
    services: [service.definition],
    log: silentLogger,
    principals: createPrincipalCodec({ key: 'a key of the benchmark, of thirty-two bytes' }),
  })
  const client = createClient(MeteringService, host.transport())
  const as = asService('bench', TENANT)
  return {
    adminUrl,
    postgresPid: () => server.pid,
    client,
    as,
    sql: (text: string) => asAdmin(adminUrl, async (admin) => (await admin.query(text)).rows),
    stop: async () => {
      await counters?.stop()
      await database.close()
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export type LimitsBed = Awaited<ReturnType<typeof startLimitsBed>>

/** Accounts `prefix-0`, `prefix-1`, …, each with one rolling limit that is never reached. */
export async function entitle({ client, as }: LimitsBed, prefix: string, count: number) {
  const planKey = `plan-${prefix}`
  const limits = [{ limitKey: 'calls', quantity: 1_000_000_000n, window: LimitWindow.ROLLING }]
  const entitlements = [{ featureKey: 'api', meterKey: 'calls', limits }]
  const plan = { tenant: TENANT, planKey, version: 1, entitlements }
  await client.putPlanEntitlements(plan, as)
  const holding = {
    subscriptionId: 'sub',
    planKey,
    planVersion: 1,
    timeZone: 'UTC',
    anchorTime: LONG_AGO,
    startTime: LONG_AGO,
    interval: HoldingInterval.MONTH,
    intervalCount: 1,
    alignment: HoldingAlignment.CALENDAR,
  }
  for (let from = 0; from < count; from += CHUNK) {
    const size = Math.min(CHUNK, count - from)
    const accounts = Array.from({ length: size }, (_, index) => ({
      accountId: `${prefix}-${from + index}`,
      revision: 1n,
      holdings: [holding],
    }))
    await client.setAccountPlans({ tenant: TENANT, accounts }, as)
  }
}

/** The meter that the benchmark's feature is billed by. */
export async function createMeter({ client, as }: LimitsBed) {
  const meter = {
    meterKey: 'calls',
    name: 'Calls',
    eventType: 'call',
    aggregation: Aggregation.SUM,
  }
  await client.createMeter({ tenant: TENANT, meter }, as)
}

/** Asks for one unit of the feature. */
export function consumeOne({ client, as }: LimitsBed, accountId: string): Promise<unknown> {
  return client.consumeUsage({ tenant: TENANT, accountId, features: [{ featureKey: 'api' }] }, as)
}

/** Makes the counters, so that all of them exist when it counts, as the rivals' do, and the code is warm. */
export async function warmUp(bed: LimitsBed, prefix: string, counters: number): Promise<void> {
  for (let sent = 0; sent < Math.max(counters, 10_000) * 2; sent += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        consumeOne(bed, `${prefix}-${(sent + index) % counters}`),
      ),
    )
  }
  await bed.sql('vacuum analyze')
}
