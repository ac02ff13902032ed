import { createRecurringJob, eachDue, type RecurringJob } from '@purser/jobs'
import { resumeCheckout } from '../checkout/resume-checkout.ts'
import type { OrderContext } from '../context.ts'
import { listDue } from '../store/checkout-list.ts'

/** Checkouts of one run; what is left waits for the next. */
const CHECKOUTS_A_RUN = 200

/** Goes on with checkouts that are due: those whose worker died, and those that wait for an answer. */
export function sweep(ctx: OrderContext, { pauseMs }: { pauseMs: number }): RecurringJob {
  const { db: database, clock, addJob } = ctx
  const options = { task: 'sweep' as const, database, clock, addJob, pauseMs }
  const complaint = 'a checkout could not go on'
  return createRecurringJob(options, async (now, { signal, log }) => {
    const due = await database.system((tx) => listDue(tx, now, CHECKOUTS_A_RUN), { readOnly: true })
    await eachDue(due, { signal, log, complaint }, async ({ tenantId, checkoutId }) => {
      await resumeCheckout(ctx, tenantId, checkoutId)
    })
  })
}
