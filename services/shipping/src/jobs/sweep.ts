import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import { requestLabel } from '../shipments/request-label.ts'
import { eraseDueRecipients } from '../store/personal-data.ts'
import { findShipment } from '../store/shipment.ts'
import { listDue } from '../store/shipment-list.ts'
import { removeQuotes } from '../store/quote.ts'
import type { AddShippingJob, ShippingTasks } from './tasks.ts'

/** One run waits at a time, in however many processes. */
const JOB_KEY = 'sweep'

/** Shipments of one run; what is left waits for the next. */
const SHIPMENTS_A_RUN = 200

/** Carriers are asked about this many at once. */
const WORKERS = 8

/** How long an expired quote stays, so that whoever comes late is told why. */
const QUOTE_KEPT_HOURS = 24

/** Adds a run that is due at once, in place of one that waits: for the start of a process. */
export async function addSweep(tx: Tx, addJob: AddShippingJob): Promise<void> {
  await addJob(tx, 'sweep', {}, { jobKey: JOB_KEY })
}

/**
 * Asks for labels whose carrier was silent, or that a process left behind, when they are due: a
 * back-off of its own keeps each from being asked for too often. Removes quotes a day after their end,
 * and addresses whose time is over.
 */
export function sweep(
  ctx: ShippingContext,
  { addJob, pauseMs }: { addJob: AddShippingJob; pauseMs: number },
): JobHandler<ShippingTasks['sweep']> {
  return async ({ signal, log }) => {
    const now = ctx.clock.now()
    // First of all, so that a run that fails is followed by one all the same.
    const runAt = now.add({ milliseconds: pauseMs }).round('microsecond')
    await ctx.db.system((tx) => addJob(tx, 'sweep', {}, { jobKey: JOB_KEY, runAt }))
    const endOfQuotes = now.subtract({ hours: QUOTE_KEPT_HOURS }).round('microsecond')
    await ctx.db.system(async (tx) => {
      await removeQuotes(tx, endOfQuotes)
      await eraseDueRecipients(tx, now.round('microsecond'))
    })
    const due = await ctx.db.system((tx) => listDue(tx, now, SHIPMENTS_A_RUN), { readOnly: true })
    const worker = async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        signal.throwIfAborted()
        const { tenantId, shipmentId } = next
        await resume(ctx, tenantId, shipmentId).catch((err: unknown) => {
          // The next run tries again: one shipment must not keep the others waiting.
          log.error({ err, tenantId, shipmentId }, 'a label could not be asked for')
        })
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
  }
}

async function resume(ctx: ShippingContext, tenant: string, shipmentId: string): Promise<void> {
  const find = (tx: Tx) => findShipment(tx, tenant, shipmentId)
  const shipment = await ctx.db.tx(tenant, find, { readOnly: true })
  if (shipment?.state === 'created') await requestLabel(ctx, tenant, shipment, 'job')
}
