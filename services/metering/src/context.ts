import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Limiter } from '@purser/concurrency'
import type { MeterCache } from './meter-cache.ts'

/** What code of this service may touch. */
export type MeteringContext = {
  db: Database
  clock: Clock
  /** Bounds the statements that ingest runs at once (MAX_DB_JOBS). */
  limiter: Limiter
  meters: MeterCache
}
