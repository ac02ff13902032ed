import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type HttpReply, HttpReplySchema } from '@purser/contracts/common/v1/http_reply'
import type { ReceiveTrackingRequest } from '@purser/contracts/shipping/v1/shipment'
import { PurserError } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import { receiveTracking as take } from '../shipments/receive-tracking.ts'

/** Largest message of a carrier in bytes. */
const LARGEST_BYTES = 262_144

const RECEIVED = Buffer.from('{"received":true}')

/**
 * Takes a webhook of a carrier. Throws `resource.not_found` for an unknown carrier,
 * `shipping.webhook_refused` for what it did not sign, `request.body_too_large`.
 */
export function receiveTracking(ctx: ShippingContext) {
  return async (req: ReceiveTrackingRequest, call: HandlerContext): Promise<HttpReply> => {
    const carrier = ctx.carriers.get(req.carrier)
    if (carrier === undefined) {
      throw new PurserError('resource.not_found', 'There is no such carrier.')
    }
    const body = req.body?.data ?? new Uint8Array()
    if (body.length > LARGEST_BYTES) {
      throw new PurserError('request.body_too_large', 'The message is too large.')
    }
    const signature = call.requestHeader.get(carrier.signatureHeader) ?? ''
    await take(ctx, carrier, { body, signature })
    return create(HttpReplySchema, { status: 200, data: RECEIVED })
  }
}
