import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type Refund,
  type RefundPaymentRequestSchema,
  RefundState,
} from '@purser/contracts/payment/v1/payment'
import type { OrderContext } from '../context.ts'
import { asCheckout } from './call-as-checkout.ts'

/**
 * Gives money of a payment back, once a key. While nobody knows what became of it, the provider is
 * asked; the answer may still be that nobody knows.
 */
export async function refundPayment(
  ctx: OrderContext,
  tenant: string,
  request: MessageInitShape<typeof RefundPaymentRequestSchema> & { paymentId: string },
): Promise<Refund> {
  const { payment } = ctx.clients
  const as = asCheckout(ctx, tenant)
  const first = await payment.refundPayment(request, as)
  if (first.state === RefundState.SUCCEEDED || first.state === RefundState.FAILED) return first
  await payment.resolvePayment({ tenant, paymentId: request.paymentId }, as)
  return await payment.refundPayment(request, as)
}
