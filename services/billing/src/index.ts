import { Limiter } from '@purser/concurrency'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { createActs, recordsItself } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { BillingClients, BillingContext } from './context.ts'
import { resumeRun } from './jobs/resume-run.ts'
import { getRun } from './rpc/get-run.ts'
import { listRuns } from './rpc/list-runs.ts'
import { listUnbilledPeriods } from './rpc/list-unbilled-periods.ts'
import { startRun } from './rpc/start-run.ts'
import { summarizeUnbilledPeriods } from './rpc/summarize-unbilled-periods.ts'
import { verifyInvoice } from './rpc/verify-invoice.ts'
import { watchRun } from './rpc/watch-run.ts'

/** What the composition root needs to know of the service before it exists. */
export const billingManifest: ServiceManifest = {
  name: 'billing',
  descriptor: BillingService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  jobsSchema: 'billing_jobs',
  calls: ['user', 'metering', 'subscription', 'invoicing'],
  publishesEvents: true,
  grpcPort: 50061,
}

/** What the service is given. */
export type BillingDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  clients: BillingClients
  /** Workers and transactions at once; see the Limiter. */
  maxWorkers: number
  maxDbJobs: number
  /** Milliseconds until a run pauses itself. */
  runTimeoutMs: number
}

/** Billing runs and the verification of what they billed. */
export function createBillingService(deps: BillingDeps): Service {
  const { database: db, define } = createActs(deps)
  const draining = new AbortController()
  const ctx: BillingContext = {
    db,
    clock: deps.clock,
    log: deps.log,
    clients: deps.clients,
    limiter: new Limiter({ maxWorkers: deps.maxWorkers, maxDbJobs: deps.maxDbJobs }),
    maxWorkers: deps.maxWorkers,
    runTimeoutMs: deps.runTimeoutMs,
    addJob: (tx, task, payload, options) => jobs.add(tx, task, payload, options),
    draining: draining.signal,
  }
  const jobs = createJobs({
    ...deps.connection,
    schema: 'billing_jobs',
    tasks: { 'resume-run': resumeRun(ctx) },
    log: deps.log,
    metrics: deps.metrics,
  })
  return {
    manifest: billingManifest,
    definition: define(BillingService, {
      // A run is many transactions, over seconds.
      startRun: recordsItself(startRun(ctx)),
      getRun: getRun(ctx),
      listRuns: listRuns(ctx),
      watchRun: watchRun(ctx),
      listUnbilledPeriods: listUnbilledPeriods(ctx),
      summarizeUnbilledPeriods: summarizeUnbilledPeriods(ctx),
      verifyInvoice: verifyInvoice(ctx),
    }),
    components: [pauseOnDrain(draining), jobs],
  }
}

/** Pauses the runs of this process before its job worker waits for them. */
function pauseOnDrain(draining: AbortController) {
  const drain = async () => draining.abort(new Error('the service is stopping'))
  return { name: 'billing-runs', start: async () => {}, drain, stop: drain }
}
