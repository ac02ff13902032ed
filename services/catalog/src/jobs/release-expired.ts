import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { CatalogContext } from '../context.ts'
import { expireReservations } from '../stock/end-reservations.ts'
import { listDueReservations } from '../store/reservation.ts'
import type { AddCatalogJob, CatalogTasks } from './tasks.ts'

/** One run waits at a time, in however many processes. */
const JOB_KEY = 'release-expired'

/** Buyers free what they need themselves: this is for what nobody asks for, and for lists of stock. */
const PAUSE_SECONDS = 30

/** Reservations that one transaction ends. */
const AT_ONCE = 100

/** Adds a run that is due at once, in place of one that waits: for the start of a process. */
export async function addReleaseExpired(tx: Tx, addJob: AddCatalogJob): Promise<void> {
  await addJob(tx, 'release-expired', {}, { jobKey: JOB_KEY })
}

/** Ends reservations whose time is over, tenant by tenant, in bounded transactions. Repeatable. */
export function releaseExpired(ctx: CatalogContext): JobHandler<CatalogTasks['release-expired']> {
  return async ({ signal }) => {
    const now = ctx.clock.now()
    // First of all, so that a run that fails is followed by one all the same.
    const runAt = now.add({ seconds: PAUSE_SECONDS }).round('microsecond')
    await ctx.db.system((tx) => ctx.addJob(tx, 'release-expired', {}, { jobKey: JOB_KEY, runAt }))
    await releaseDue(ctx, now, signal)
  }
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
