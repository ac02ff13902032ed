import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import { resumeCheckout } from '../checkout/resume-checkout.ts'
import type { OrderContext } from '../context.ts'
import { listDue } from '../store/checkout-list.ts'
import type { AddOrderJob, OrderTasks } from './tasks.ts'

/** One run waits at a time, in however many processes. */
const JOB_KEY = 'sweep'

/** Checkouts of one run; what is left waits for the next. */
const CHECKOUTS_A_RUN = 200

const WORKERS = 8

/** Adds a run that is due at once, in place of one that waits: for the start of a process. */
export async function addSweep(tx: Tx, addJob: AddOrderJob): Promise<void> {
  await addJob(tx, 'sweep', {}, { jobKey: JOB_KEY })
}

/** Goes on with checkouts that are due: those whose worker died, and those that wait for an answer. */
export function sweep(
  ctx: OrderContext,
  { pauseMs }: { pauseMs: number },
): JobHandler<OrderTasks['sweep']> {
  return async ({ signal, log }) => {
    const now = ctx.clock.now().round('microsecond')
    // First of all, so that a run that fails is followed by one all the same.
    const runAt = now.add({ milliseconds: pauseMs })
    await ctx.db.system((tx) => ctx.addJob(tx, 'sweep', {}, { jobKey: JOB_KEY, runAt }))
    const due = await ctx.db.system((tx) => listDue(tx, now, CHECKOUTS_A_RUN), { readOnly: true })
    const worker = async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        signal.throwIfAborted()
        const { tenantId, checkoutId } = next
        await resumeCheckout(ctx, tenantId, checkoutId).catch((err: unknown) => {
          // The next run tries again: one checkout must not keep the others waiting.
          log.error({ err, tenantId, checkoutId }, 'a checkout could not go on')
        })
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, worker))
  }
}
