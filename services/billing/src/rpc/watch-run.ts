import { setTimeout as delay } from 'node:timers/promises'
import type { HandlerContext } from '@connectrpc/connect'
import type { Run, WatchRunRequest } from '@purser/contracts/billing/v1/billing'
import type { BillingContext } from '../context.ts'
import { isEnded } from '../domain/run.ts'
import { readRun } from '../run/execute-run.ts'
import { describeRun } from './get-run.ts'

const INTERVAL_MS = 250

/** Streams the run's progress until it ends or pauses. Throws `resource.not_found`. */
export function watchRun(ctx: BillingContext) {
  return async function* (
    { tenant, runId }: WatchRunRequest,
    call: HandlerContext,
  ): AsyncGenerator<Run> {
    while (true) {
      const run = await readRun(ctx, tenant, runId)
      yield await describeRun(ctx, tenant, run)
      if (isEnded(run.status) || run.status === 'paused') return
      await delay(INTERVAL_MS, undefined, { signal: AbortSignal.any([call.signal, ctx.draining]) })
    }
  }
}
