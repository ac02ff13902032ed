import { Limiter } from '@purser/concurrency'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import type { Clock } from '@purser/kernel'
import { createIdempotency } from '@purser/idempotency'
import type { Database } from '@purser/postgres'
import { defineService, type Service, type ServiceManifest } from '@purser/rpc'
import type { MeteringContext } from './context.ts'
import { MeterCache } from './meter-cache.ts'
import { aggregateUsage } from './rpc/aggregate-usage.ts'
import { createMeter } from './rpc/create-meter.ts'
import { getMeter } from './rpc/get-meter.ts'
import { ingestEvents } from './rpc/ingest-events.ts'
import { listEvents } from './rpc/list-events.ts'
import { listLateAccounts } from './rpc/list-late-accounts.ts'
import { listMeters } from './rpc/list-meters.ts'
import { queryUsage } from './rpc/query-usage.ts'
import { readEvents } from './rpc/read-events.ts'
import { recordEvents } from './rpc/record-events.ts'
import { takeWatermark } from './rpc/take-watermark.ts'

/** What the composition root needs to know of the service before it exists. */
export const meteringManifest: ServiceManifest = {
  name: 'metering',
  descriptor: MeteringService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  calls: [],
  publishesEvents: false,
  grpcPort: 50060,
}

/** What the service is given. */
export type MeteringDeps = {
  database: Database
  clock: Clock
  /** Workers and database sections at once; see the Limiter. */
  maxWorkers: number
  maxDbJobs: number
}

/** Meters, the usage log and questions about usage. */
export function createMeteringService(deps: MeteringDeps): Service {
  const { database: db, once } = createIdempotency(deps.database)
  const ctx: MeteringContext = {
    db,
    clock: deps.clock,
    limiter: new Limiter({ maxWorkers: deps.maxWorkers, maxDbJobs: deps.maxDbJobs }),
    meters: new MeterCache(deps.database),
  }
  return {
    manifest: meteringManifest,
    definition: defineService(MeteringService, {
      createMeter: once(MeteringService.method.createMeter, createMeter(ctx)),
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
    }),
    components: [],
  }
}
