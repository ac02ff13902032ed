import { createRecurringJob, eachDue, type RecurringJob } from '@purser/jobs'
import type { PaymentContext } from '../context.ts'
import { resolvePayment } from '../payments/resolve-payment.ts'
import { listDue } from '../store/payment-list.ts'
import type { AddPaymentJob } from './tasks.ts'

/** Payments of one run; what is left waits for the next. */
const PAYMENTS_A_RUN = 200

/**
 * Resolves payments and refunds whose outcome nobody knows, or that a process left behind, when they
 * are due: a back-off of its own keeps each from being asked for too often.
 */
export function sweep(
  ctx: PaymentContext,
  { addJob, pauseMs }: { addJob: AddPaymentJob; pauseMs: number },
): RecurringJob {
  const { db: database, clock } = ctx
  const options = { task: 'sweep' as const, database, clock, addJob, pauseMs }
  const complaint = 'a payment could not be resolved'
  return createRecurringJob(options, async (now, { signal, log }) => {
    const due = await database.system((tx) => listDue(tx, now, PAYMENTS_A_RUN), { readOnly: true })
    await eachDue(due, { signal, log, complaint }, async ({ tenantId, paymentId }) => {
      await resolvePayment(ctx, tenantId, { paymentId, cause: 'job' })
    })
  })
}
