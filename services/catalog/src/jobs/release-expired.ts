import { createRecurringJob, type RecurringJob } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { CatalogContext } from '../context.ts'
import { expireReservations } from '../stock/end-reservations.ts'
import { listDueReservations } from '../store/reservation.ts'

/** Buyers free what they need themselves: this is for what nobody asks for, and for lists of stock. */
const PAUSE_MS = 30_000

/** Reservations that one transaction ends. */
const AT_ONCE = 100

/** Ends reservations whose time is over, tenant by tenant, in bounded transactions. Repeatable. */
export function releaseExpired(ctx: CatalogContext): RecurringJob {
  const { db: database, clock, addJob } = ctx
  const options = { task: 'release-expired' as const, database, clock, addJob, pauseMs: PAUSE_MS }
  return createRecurringJob(options, async (now, { signal }) => {
    await releaseDue(ctx, now, signal)
  })
}

/** Gives back what reservations hold whose time was over at `now`; answers how many it ended. */
export async function releaseDue(
  ctx: Pick<CatalogContext, 'db'>,
  now: Temporal.Instant,
  signal?: AbortSignal,
): Promise<number> {
  for (let count = 0; ; ) {
    signal?.throwIfAborted()
    const list = (tx: Tx) => listDueReservations(tx, now, AT_ONCE)
    const due = await ctx.db.system(list, { readOnly: true })
    for (const [tenantId, ofTenant] of Map.groupBy(due, ({ tenantId }) => tenantId)) {
      const ids = ofTenant.map(({ reservationId }) => reservationId)
      await ctx.db.tx(tenantId, (tx) => expireReservations(tx, tenantId, ids, now))
    }
    count += due.length
    if (due.length < AT_ONCE) return count
  }
}
