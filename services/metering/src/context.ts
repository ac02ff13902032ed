import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Acts } from '@purser/idempotency'
import type { Database } from '@purser/postgres'
import type { Limiter } from '@purser/concurrency'
import type { LimitStore } from './limits/limit-store.ts'
import type { UsageCounters } from './limits/usage-counters.ts'
import type { UsageDecider } from './limits/usage-decider.ts'
import type { MeterCache } from './meter-cache.ts'

/** What code of this service may touch. */
export type MeteringContext = {
  db: Database
  clock: Clock
  /** Bounds the statements that ingest runs at once (MAX_DB_JOBS). */
  limiter: Limiter
  meters: MeterCache
  /** Decides about usage in batches. */
  decider: UsageDecider
  /** Where units are counted. */
  counters: UsageCounters
  /** What is held. */
  limits: LimitStore
  afterCommit: Acts['afterCommit']
  /** Services that this one can do without. */
  neighbours: MeteringNeighbours | undefined
}

/** Who is asked by the sample resource alone: for whom a person acts. */
export type MeteringNeighbours = { user: Client<typeof UserService> }
