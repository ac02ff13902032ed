import { createRecurringJob, type RecurringJob } from '@purser/jobs'
import type { UserContext } from '../context.ts'
import { type PurgedKind, purgedBefore, retentionHours } from '../domain/retention.ts'
import { purgeBatch } from '../store/purge.ts'
import { listTenantIds } from '../store/tenant.ts'

const PAUSE_MS = 3_600_000

const TENANTS_A_PAGE = 500

/** Rows that one transaction removes: its locks last for milliseconds. */
const ROWS_A_BATCH = 1_000

/** Batches of one kind, tenant and run; what is left waits for the next one. */
const BATCHES_A_RUN = 100

/**
 * Removes what has no use any more, tenant by tenant in the tenant's own transactions, in bounded
 * batches, once an hour. Stops between two batches when it should; running it again goes on.
 */
export function purge(ctx: UserContext): RecurringJob {
  const { db: database, clock, addJob } = ctx
  const options = { task: 'purge' as const, database, clock, addJob, pauseMs: PAUSE_MS }
  return createRecurringJob(options, async (now, { signal, log }) => {
    let removed = 0
    for await (const tenantId of tenants(ctx)) {
      for (const kind of Object.keys(retentionHours) as PurgedKind[]) {
        signal.throwIfAborted()
        removed += await purgeKind(ctx, tenantId, { kind, now, signal })
      }
    }
    if (removed > 0) log.info({ removed }, 'removed what had no use any more')
  })
}

async function* tenants({ db }: UserContext): AsyncGenerator<string> {
  for (let afterId = ''; ; ) {
    const page = { afterId, limit: TENANTS_A_PAGE }
    const ids = await db.system((tx) => listTenantIds(tx, page), { readOnly: true })
    yield* ids
    afterId = ids.at(-1) ?? ''
    if (ids.length < TENANTS_A_PAGE) return
  }
}

async function purgeKind(
  { db }: UserContext,
  tenantId: string,
  { kind, now, signal }: { kind: PurgedKind; now: Temporal.Instant; signal: AbortSignal },
): Promise<number> {
  const batch = { kind, before: purgedBefore(kind, now), limit: ROWS_A_BATCH }
  let removed = 0
  for (let count = 0; count < BATCHES_A_RUN && !signal.aborted; count++) {
    const inBatch = await db.tx(tenantId, (tx) => purgeBatch(tx, tenantId, batch))
    removed += inBatch
    if (inBatch < ROWS_A_BATCH) return removed
  }
  return removed
}
