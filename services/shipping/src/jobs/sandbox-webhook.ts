import type { JobHandler } from '@purser/jobs'
import type { ShippingContext } from '../context.ts'
import type { Carrier } from '../domain/carrier.ts'
import { signedNews } from '../sandbox/sandbox-webhook.ts'
import { receiveTracking } from '../shipments/receive-tracking.ts'
import type { ShippingTasks } from './tasks.ts'

/** Delivers a webhook of the sandbox: signed when it goes out, checked as one from outside. */
export function sandboxWebhook(
  ctx: ShippingContext,
  { sandbox, secret }: { sandbox: Carrier; secret: string },
): JobHandler<ShippingTasks['sandbox-webhook']> {
  return async ({ payload }) => {
    await receiveTracking(ctx, sandbox, signedNews(secret, payload.body, ctx.clock.now()))
  }
}
