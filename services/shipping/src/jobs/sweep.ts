import { createRecurringJob, eachDue, type RecurringJob } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import { requestLabel } from '../shipments/request-label.ts'
import { eraseDueRecipients } from '../store/personal-data.ts'
import { findShipment } from '../store/shipment.ts'
import { listDue } from '../store/shipment-list.ts'
import { removeQuotes } from '../store/quote.ts'
import type { AddShippingJob } from './tasks.ts'

/** Shipments of one run; what is left waits for the next. */
const SHIPMENTS_A_RUN = 200

/** How long an expired quote stays, so that whoever comes late is told why. */
const QUOTE_KEPT_HOURS = 24

/**
 * Asks for labels whose carrier was silent, or that a process left behind, when they are due: a
 * back-off of its own keeps each from being asked for too often. Removes quotes a day after their end,
 * and addresses whose time is over.
 */
export function sweep(
  ctx: ShippingContext,
  { addJob, pauseMs }: { addJob: AddShippingJob; pauseMs: number },
): RecurringJob {
  const { db: database, clock } = ctx
  const options = { task: 'sweep' as const, database, clock, addJob, pauseMs }
  const complaint = 'a label could not be asked for'
  return createRecurringJob(options, async (now, { signal, log }) => {
    const endOfQuotes = now.subtract({ hours: QUOTE_KEPT_HOURS })
    await database.system(async (tx) => {
      await removeQuotes(tx, endOfQuotes)
      await eraseDueRecipients(tx, now)
    })
    const due = await database.system((tx) => listDue(tx, now, SHIPMENTS_A_RUN), { readOnly: true })
    await eachDue(due, { signal, log, complaint }, async ({ tenantId, shipmentId }) => {
      await resume(ctx, tenantId, shipmentId)
    })
  })
}

async function resume(ctx: ShippingContext, tenant: string, shipmentId: string): Promise<void> {
  const find = (tx: Tx) => findShipment(tx, tenant, shipmentId)
  const shipment = await ctx.db.tx(tenant, find, { readOnly: true })
  if (shipment?.state === 'created') await requestLabel(ctx, tenant, shipment, 'job')
}
