import { PaymentState, RefundState } from '@purser/contracts/payment/v1/payment'
import type { OrderContext } from '../context.ts'
import { type Checkout, dueMinor } from '../domain/checkout.ts'
import { asCheckout } from './call-as-checkout.ts'
import { definiteRefusal } from './refusal.ts'
import { refundPayment } from './refund-payment.ts'
import type { UndoResult } from './step-result.ts'

/**
 * Sees to it that no money stays: gives back what was taken, ends what was not. A refund that the
 * provider refuses is asked for again under another key, until it is given or somebody helps.
 */
export async function undoCharge(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<UndoResult> {
  const { paymentId, facts } = checkout
  const as = asCheckout(ctx, tenant)
  if (dueMinor(facts) === 0n) return { kind: 'done', detail: 'nothing was paid' }
  const payment = await findPayment(ctx, tenant, paymentId)
  if (payment === undefined) return { kind: 'done', detail: 'nothing was charged' }
  switch (payment.state) {
    case PaymentState.SUCCEEDED:
    case PaymentState.PARTIALLY_REFUNDED:
      return await refund(ctx, tenant, checkout)
    case PaymentState.DECLINED:
    case PaymentState.CANCELED:
    case PaymentState.REFUNDED:
      return { kind: 'done', detail: `the payment is ${PaymentState[payment.state].toLowerCase()}` }
    case PaymentState.REQUIRES_ACTION:
    case PaymentState.CREATED:
      await ctx.clients.payment.cancelPayment({ tenant, paymentId }, as)
      return { kind: 'later', detail: 'the payment was ended' }
    default:
      await ctx.clients.payment.resolvePayment({ tenant, paymentId }, as)
      return { kind: 'later', detail: 'nobody knows yet whether money moved' }
  }
}

async function findPayment(ctx: OrderContext, tenant: string, paymentId: string) {
  try {
    return await ctx.clients.payment.getPayment({ tenant, paymentId }, asCheckout(ctx, tenant))
  } catch (error) {
    if (definiteRefusal(error)?.code === 'resource.not_found') return undefined
    throw error
  }
}

async function refund(
  ctx: OrderContext,
  tenant: string,
  { checkoutId, paymentId, facts }: Checkout,
): Promise<UndoResult> {
  const { refundAttempt = 1 } = facts
  const idempotencyKey = `${checkoutId}/undo/${refundAttempt}`
  const reason = 'the order could not be made'
  const request = { tenant, paymentId, idempotencyKey, reason }
  const { state, failureCode } = await refundPayment(ctx, tenant, request)
  if (state === RefundState.SUCCEEDED) return { kind: 'done', detail: 'the money goes back' }
  if (state !== RefundState.FAILED) return { kind: 'later', detail: 'the refund is under way' }
  return {
    kind: 'later',
    detail: `the provider refused the refund: ${failureCode}`,
    facts: { refundAttempt: refundAttempt + 1 },
  }
}
