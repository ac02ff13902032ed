import { type Payment, PaymentState } from '@purser/contracts/payment/v1/payment'
import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import { type Checkout, dueMinor } from '../domain/checkout.ts'
import { reservationEnd } from '../domain/checkout-clock.ts'
import { asCheckout } from './call-as-checkout.ts'
import { definiteRefusal, refused } from './refusal.ts'
import type { StepResult } from './step-result.ts'

/**
 * Charges what the shopper saw, once: the checkout's id is the payment's key, and asking again
 * answers the payment as it stands. While nobody knows what became of it, the provider is asked.
 */
export async function charge(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { facts } = checkout
  assert(facts.totals, 'what is charged was computed')
  if (dueMinor(facts) === 0n) return { kind: 'done', detail: 'nothing to pay' }
  const payment = await createPayment(ctx, tenant, checkout)
  const { paymentId, state } = payment
  const isAsked = state === PaymentState.UNKNOWN || (isRepeated(checkout) && isOpen(state))
  const known = isAsked
    ? await ctx.clients.payment.resolvePayment({ tenant, paymentId }, asCheckout(ctx, tenant))
    : payment
  requireSame(checkout, known)
  const isOver = Temporal.Instant.compare(reservationEnd(checkout), ctx.clock.now()) <= 0
  if (known.state === PaymentState.REQUIRES_ACTION && isOver) {
    return await giveUp(ctx, tenant, paymentId)
  }
  return resultOf(known)
}

const isRepeated = ({ attemptCount }: Checkout) => attemptCount > 0
const isOpen = (state: PaymentState) =>
  state === PaymentState.PROCESSING || state === PaymentState.REQUIRES_ACTION

async function createPayment(
  ctx: OrderContext,
  tenant: string,
  { checkoutId, orderId, paymentId, accountId, facts, request }: Checkout,
): Promise<Payment> {
  const amountCents = dueMinor(facts)
  assert(request && amountCents !== undefined, 'a checkout that runs has its request')
  const { kind, value } = request.paymentMethod
  const method =
    kind === 'token'
      ? { case: 'paymentMethodToken' as const, value }
      : { case: 'paymentMethodId' as const, value }
  return await ctx.clients.payment.createPayment(
    {
      tenant,
      paymentId,
      idempotencyKey: checkoutId,
      amount: { amountCents, currency: facts.currency },
      orderId,
      sagaId: checkoutId,
      accountId,
      method,
      returnUrl: request.returnUrl,
    },
    asCheckout(ctx, tenant),
  )
}

/** Paid means paid this: amount, currency, order and checkout are those of the payment. */
function requireSame({ checkoutId, orderId, paymentId, facts }: Checkout, payment: Payment): void {
  const { amount } = payment
  const isSame =
    payment.paymentId === paymentId &&
    payment.sagaId === checkoutId &&
    payment.orderId === orderId &&
    amount?.amountCents === dueMinor(facts) &&
    amount?.currency === facts.currency
  assert(isSame, () => `payment ${payment.paymentId} is not that of checkout ${checkoutId}`)
}

function resultOf({ state, declineCode, nextAction }: Payment): StepResult {
  switch (state) {
    case PaymentState.SUCCEEDED:
      return { kind: 'done', facts: { actionUrl: '' } }
    case PaymentState.REQUIRES_ACTION:
      return {
        kind: 'waiting',
        facts: { actionUrl: nextAction?.url ?? '' },
        detail: 'the shopper has to confirm the payment',
      }
    case PaymentState.DECLINED:
      return refused('order.payment_declined', 'The payment was declined.', {
        decline_code: declineCode,
      })
    case PaymentState.CANCELED:
    case PaymentState.REFUNDED:
    case PaymentState.PARTIALLY_REFUNDED:
      return {
        kind: 'refused',
        failure: {
          code: 'order.payment_canceled',
          message: 'The payment was called off.',
          fields: [],
          details: {},
        },
        inDoubt: true,
      }
    default:
      return { kind: 'later', detail: 'nobody knows yet whether money moved' }
  }
}

/** Ends a payment that nobody confirmed in time; one that was confirmed meanwhile stands. */
async function giveUp(ctx: OrderContext, tenant: string, paymentId: string): Promise<StepResult> {
  try {
    await ctx.clients.payment.cancelPayment({ tenant, paymentId }, asCheckout(ctx, tenant))
    return refused('order.payment_canceled', 'The payment was not confirmed in time.')
  } catch (error) {
    const refusal = definiteRefusal(error)
    if (refusal === undefined) throw error
    return { kind: 'later', detail: `${refusal.code}: ${refusal.message}` }
  }
}
