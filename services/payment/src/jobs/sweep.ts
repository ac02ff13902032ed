import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import { resolvePayment } from '../payments/resolve-payment.ts'
import { listDue } from '../store/payment-list.ts'
import type { AddPaymentJob, PaymentTasks } from './tasks.ts'

/** One run waits at a time, in however many processes. */
const JOB_KEY = 'sweep'

/** Payments of one run; what is left waits for the next. */
const PAYMENTS_A_RUN = 200

/** Providers are asked about this many at once. */
const WORKERS = 8

/** Adds a run that is due at once, in place of one that waits: for the start of a process. */
export async function addSweep(tx: Tx, addJob: AddPaymentJob): Promise<void> {
  await addJob(tx, 'sweep', {}, { jobKey: JOB_KEY })
}

/**
 * Resolves payments and refunds whose outcome nobody knows, or that a process left behind, when they
 * are due: a back-off of its own keeps each from being asked for too often.
 */
export function sweep(
  ctx: PaymentContext,
  { addJob, pauseMs }: { addJob: AddPaymentJob; pauseMs: number },
): JobHandler<PaymentTasks['sweep']> {
  return async ({ signal, log }) => {
    const now = ctx.clock.now()
    // First of all, so that a run that fails is followed by one all the same.
    const runAt = now.add({ milliseconds: pauseMs }).round('microsecond')
    await ctx.db.system((tx) => addJob(tx, 'sweep', {}, { jobKey: JOB_KEY, runAt }))
    const due = await ctx.db.system((tx) => listDue(tx, now, PAYMENTS_A_RUN), { readOnly: true })
    const worker = async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        signal.throwIfAborted()
        const { tenantId, paymentId } = next
        await resolvePayment(ctx, tenantId, { paymentId, cause: 'job' }).catch((err: unknown) => {
          // The next run tries again: one payment must not keep the others waiting.
          log.error({ err, tenantId, paymentId }, 'a payment could not be resolved')
        })
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
  }
}
