import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type HttpReply, HttpReplySchema } from '@purser/contracts/common/v1/http_reply'
import type { ReceiveWebhookRequest } from '@purser/contracts/payment/v1/payment'
import { PurserError } from '@purser/kernel'
import type { PaymentContext } from '../context.ts'
import { receiveWebhook as take } from '../webhooks/receive-webhook.ts'

/** Largest message of a provider in bytes; Stripe's and Adyen's are some kilobytes. */
const LARGEST_BYTES = 262_144

const RECEIVED = Buffer.from('{"received":true}')

/**
 * Takes a webhook of a provider. Throws `resource.not_found` for an unknown provider,
 * `payment.webhook_refused` for what it did not sign, `request.body_too_large`.
 */
export function receiveWebhook(ctx: PaymentContext) {
  return async (req: ReceiveWebhookRequest, call: HandlerContext): Promise<HttpReply> => {
    const provider = ctx.providers.get(req.provider)
    if (provider === undefined) {
      throw new PurserError('resource.not_found', 'There is no such payment provider.')
    }
    const body = req.body?.data ?? new Uint8Array()
    if (body.length > LARGEST_BYTES) {
      throw new PurserError('request.body_too_large', 'The message is too large.')
    }
    const signature = call.requestHeader.get(provider.signatureHeader) ?? ''
    await take(ctx, provider, { body, signature })
    return create(HttpReplySchema, { status: 200, data: RECEIVED })
  }
}
