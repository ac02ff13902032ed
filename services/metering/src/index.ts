import { Limiter } from '@purser/concurrency'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import type { Clock } from '@purser/kernel'
import { createActs } from '@purser/idempotency'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import { AlertSweeper } from './alerts/alert-sweeper.ts'
import { noteUsage } from './alerts/note-usage.ts'
import { TouchedUsage } from './alerts/touched-usage.ts'
import type { MeteringContext, MeteringNeighbours } from './context.ts'
import { HoldSweeper, type Warnings } from './limits/hold-sweeper.ts'
import { CounterHomes } from './limits/counter-homes.ts'
import { LimitStore } from './limits/limit-store.ts'
import { PostgresCounters } from './limits/postgres-counters.ts'
import { RedisCounters } from './limits/redis/redis-counters.ts'
import { UsageDecider } from './limits/usage-decider.ts'
import { MeterCache } from './meter-cache.ts'
import { aggregateUsage } from './rpc/aggregate-usage.ts'
import { borrowUsage } from './rpc/borrow-usage.ts'
import { checkUsage } from './rpc/check-usage.ts'
import { commitUsage } from './rpc/commit-usage.ts'
import { consumeUsage } from './rpc/consume-usage.ts'
import { createMeter } from './rpc/create-meter.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { getMeter } from './rpc/get-meter.ts'
import { ingestEvents } from './rpc/ingest-events.ts'
import { listEvents } from './rpc/list-events.ts'
import { listLateAccounts } from './rpc/list-late-accounts.ts'
import { listLimits } from './rpc/list-limits.ts'
import { listMeters } from './rpc/list-meters.ts'
import { listNearLimits } from './rpc/list-near-limits.ts'
import { listTopAccounts } from './rpc/list-top-accounts.ts'
import { listUsageAlerts } from './rpc/list-usage-alerts.ts'
import { putPlanEntitlements } from './rpc/put-plan-entitlements.ts'
import { queryUsage } from './rpc/query-usage.ts'
import { readEvents } from './rpc/read-events.ts'
import { recordEvents } from './rpc/record-events.ts'
import { releaseUsage } from './rpc/release-usage.ts'
import { reportLease } from './rpc/report-lease.ts'
import { reserveUsage } from './rpc/reserve-usage.ts'
import { setAccountPlans } from './rpc/set-account-plans.ts'
import { takeWatermark } from './rpc/take-watermark.ts'
import { listWidgets } from './widgets/list-widgets.ts'

/** What the composition root needs to know of the service before it exists. */
export const meteringManifest: ServiceManifest = {
  name: 'metering',
  descriptor: MeteringService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  calls: [],
  mayCall: ['user'],
  publishesEvents: true,
  grpcPort: 50060,
}

/** What the service is given. */
export type MeteringDeps = {
  database: Database
  clock: Clock
  /** Workers and database sections at once; see the Limiter. */
  maxWorkers: number
  maxDbJobs: number
  /** Where background work tells its failures. */
  log: Warnings
  /** Left out: people are refused by the sample resource. */
  neighbours?: MeteringNeighbours
  /** `redis://` or `rediss://`: counts limits there instead of in the database. */
  countersUrl?: string | undefined
}

/** Meters, the usage log and questions about usage. */
export function createMeteringService(deps: MeteringDeps): Service {
  const { database: db, define, afterCommit } = createActs(deps)
  const { counters, component } = createCounters(deps)
  const ctx: MeteringContext = {
    db,
    clock: deps.clock,
    limiter: new Limiter({ maxWorkers: deps.maxWorkers, maxDbJobs: deps.maxDbJobs }),
    meters: new MeterCache(deps.database),
    counters,
    decider: new UsageDecider(counters),
    limits: new LimitStore(deps.database, counters),
    afterCommit,
    neighbours: deps.neighbours,
  }
  const touched = new TouchedUsage()
  return {
    manifest: meteringManifest,
    definition: define(MeteringService, {
      createMeter: createMeter(ctx),
      getMeter: getMeter(ctx),
      listMeters: listMeters(ctx),
      ingestEvents: ingestEvents(ctx),
      recordEvents: recordEvents(ctx),
      listEvents: listEvents(ctx),
      queryUsage: queryUsage(ctx),
      takeWatermark: takeWatermark(ctx),
      aggregateUsage: aggregateUsage(ctx),
      listLateAccounts: listLateAccounts(ctx),
      readEvents: readEvents(ctx),
      consumeUsage: noteUsage(touched, consumeUsage(ctx)),
      checkUsage: checkUsage(ctx),
      reserveUsage: noteUsage(touched, reserveUsage(ctx)),
      commitUsage: commitUsage(ctx),
      releaseUsage: releaseUsage(ctx),
      borrowUsage: noteUsage(touched, borrowUsage(ctx)),
      reportLease: reportLease(ctx, false),
      returnLease: reportLease(ctx, true),
      listLimits: listLimits(ctx),
      listNearLimits: listNearLimits(ctx),
      listTopAccounts: listTopAccounts(ctx),
      listUsageAlerts: listUsageAlerts(ctx),
      listWidgets: listWidgets({ ...ctx, touched }),
      putPlanEntitlements: putPlanEntitlements(ctx),
      setAccountPlans: setAccountPlans(ctx),
      exportPersonalData: exportPersonalData(ctx),
      erasePersonalData: erasePersonalData(ctx),
    }),
    components: [
      component,
      new HoldSweeper({ database: deps.database, store: ctx.limits, log: deps.log }),
      new AlertSweeper({ database: deps.database, touched, counters, log: deps.log }),
    ],
  }
}

/** The counters, and what takes all of them to where they are configured before anybody is served. */
function createCounters({ database, countersUrl: url, log }: MeteringDeps) {
  const homes = new CounterHomes(database)
  const name = 'metering counters'
  if (url === undefined) {
    const start = () => homes.moveToPostgres()
    const component = { name, start, stop: async () => undefined }
    return { counters: new PostgresCounters(database), component }
  }
  const counters = new RedisCounters({ database, url, log })
  const start = async () => {
    await counters.probe()
    await homes.moveToRedis()
  }
  return { counters, component: { name, start, stop: () => counters.close() } }
}
