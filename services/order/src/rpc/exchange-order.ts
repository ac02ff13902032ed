import type { HandlerContext } from '@connectrpc/connect'
import type { Checkout } from '@purser/contracts/order/v1/checkout'
import type { ExchangeOrderRequest } from '@purser/contracts/order/v1/exchange'
import { recordAct } from '@purser/idempotency'
import { assert } from '@purser/kernel'
import { awaitCheckout } from '../checkout/await-checkout.ts'
import { beginExchange, type WantedExchange } from '../checkout/begin-exchange.ts'
import { runCheckout } from '../checkout/run-checkout.ts'
import type { OrderContext } from '../context.ts'
import { answerCheckout } from './answer-checkout.ts'
import { fromProtoUnits } from './convert-life-cycle.ts'

/**
 * Exchanges goods of an order for others: runs the checkout of the replacement, or waits for whoever runs it. Throws
 * what `beginExchange` throws, and what the exchange was refused for.
 */
export function exchangeOrder(ctx: OrderContext) {
  return async (req: ExchangeOrderRequest, call: HandlerContext): Promise<Checkout> => {
    const { tenant, orderId } = req
    const { checkout, isNew } = await beginExchange(ctx, wantedOf(req), (tx, occurredAt) =>
      recordAct(tx, call, { object: { order_id: orderId }, occurredAt }),
    )
    const outcome = isNew
      ? await runCheckout(ctx, tenant, checkout)
      : await awaitCheckout(ctx, tenant, checkout, call.signal)
    return await answerCheckout(ctx, tenant, outcome)
  }
}

function wantedOf(req: ExchangeOrderRequest): WantedExchange {
  const { tenant, orderId, idempotencyKey, reason, returnUrl, method, expectedDifference } = req
  assert(expectedDifference, 'the contract requires a difference')
  const { amountCents: differenceMinor, currency } = expectedDifference
  return {
    tenant,
    orderId,
    idempotencyKey,
    back: req.lines.map(fromProtoUnits),
    replacement: req.replacement.map(fromProtoUnits),
    reason,
    differenceMinor,
    currency,
    paymentMethod: {
      kind: method.case === 'paymentMethodId' ? 'kept' : 'token',
      value: method.value ?? '',
    },
    returnUrl,
  }
}
