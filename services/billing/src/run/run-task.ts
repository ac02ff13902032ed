import type { Tx } from '@purser/postgres'
import type { BillingItem } from '../domain/billing-item.ts'
import type { Run } from '../domain/run.ts'
import type { PlanReader } from './plan-reader.ts'

/** A run under work in this process. */
export type RunTask = {
  tenant: string
  run: Run
  /** Aborted at the deadline, when the caller gives up, and when the service drains. */
  signal: AbortSignal
  /** Milliseconds of work in this process so far. */
  workedMs: () => bigint
}

/** A claimed chunk; `tx` holds the claim. */
export type ChunkTask = RunTask & { tx: Tx; items: readonly BillingItem[]; plans: PlanReader }
