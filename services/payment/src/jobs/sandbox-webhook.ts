import type { JobHandler } from '@purser/jobs'
import type { PaymentContext } from '../context.ts'
import type { PaymentProvider } from '../domain/provider.ts'
import { signedWebhook } from '../sandbox/sandbox-webhook.ts'
import { receiveWebhook } from '../webhooks/receive-webhook.ts'
import type { PaymentTasks } from './tasks.ts'

/** Delivers a webhook of the sandbox: signed when it goes out, checked as one from outside. */
export function sandboxWebhook(
  ctx: PaymentContext,
  { sandbox, secret }: { sandbox: PaymentProvider; secret: string },
): JobHandler<PaymentTasks['sandbox-webhook']> {
  return async ({ payload }) => {
    await receiveWebhook(ctx, sandbox, signedWebhook(secret, payload.body, ctx.clock.now()))
  }
}
