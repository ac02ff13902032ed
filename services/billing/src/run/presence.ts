import { setTimeout as delay } from 'node:timers/promises'
import type { BillingContext } from '../context.ts'
import type { RunStatus } from '../domain/run.ts'
import { unpauseRun } from '../store/run-progress.ts'
import { enterRun, type RunWorker, tellAlive } from '../store/run-worker.ts'

/** Pause between two signs of life of a worker. */
const SIGN_OF_LIFE_MS = 5_000

/** A worker of a run as its signs of life show it. */
export type Presence = RunWorker & { stage: RunStatus }

/**
 * Notes the worker and tells again and again that it is there, until `work` has ended: others do not pause the run
 * meanwhile. The caller takes it off the run (`pauseRun`, `leaveRun`).
 */
export async function whilePresent<T>(
  ctx: BillingContext,
  tenant: string,
  presence: Presence,
  work: () => Promise<T>,
): Promise<T> {
  await ctx.db.tx(tenant, (tx) => enterRun(tx, tenant, presence))
  const over = new AbortController()
  const telling = keepTelling(ctx, tenant, presence, over.signal)
  try {
    return await work()
  } finally {
    over.abort()
    await telling
  }
}

async function keepTelling(
  ctx: BillingContext,
  tenant: string,
  presence: Presence,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    try {
      await delay(SIGN_OF_LIFE_MS, undefined, { signal: over })
      const now = ctx.clock.now({ tenantId: tenant })
      await ctx.db.tx(tenant, async (tx) => {
        await tellAlive(tx, tenant, presence)
        await unpauseRun(tx, tenant, { ...presence, now })
      })
    } catch (err) {
      if (over.aborted) return
      const { runId } = presence
      ctx.log.warn({ err, tenant, runId }, 'could not tell that a billing run is worked on')
    }
  }
}
