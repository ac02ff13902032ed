import type { HandlerContext } from '@connectrpc/connect'
import type { RefundOrderRequest } from '@purser/contracts/order/v1/life_cycle'
import type { OrderRefund as ProtoRefund } from '@purser/contracts/order/v1/sales_order'
import { assert, PurserError } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import { type Order, type OrderRefund, refundableMinor } from '../domain/order.ts'
import { changeOrder, settleLater } from '../orders/change-order.ts'
import { giveBack } from '../orders/give-back.ts'
import { requireFree } from '../orders/take-back.ts'
import { toProtoRefund } from './convert-life-cycle.ts'

/**
 * Gives back money of an order: reserved under its lock, so that refunds at the same time never
 * exceed what was paid. Throws `resource.not_found`, `order.not_refundable`,
 * `order.refund_exceeds_paid`, `order.exchange_running`. Answers the first refund, where there are several.
 */
export function refundOrder(ctx: OrderContext) {
  return async (req: RefundOrderRequest, call: HandlerContext): Promise<ProtoRefund> => {
    const { tenant, orderId, amount, reason } = req
    let refund: OrderRefund | undefined
    await changeOrder(ctx, { tenant, orderId, userId: undefined, call }, async (change) => {
      const { tx, order } = change
      requireFree(order)
      const amountMinor = amountOf(order, amount)
      ;[refund] = await giveBack(change, { amountMinor, reason })
      await settleLater(ctx, tx, tenant, orderId)
    })
    assert(refund, 'a refund that is not refused is opened')
    return toProtoRefund(refund)
  }
}

function amountOf(order: Order, amount: RefundOrderRequest['amount']): bigint {
  const { state, currency } = order
  if (state === 'pending' || state === 'confirmed') throw notRefundable(`it is ${state}`)
  const left = refundableMinor(order)
  if (left === 0n) throw notRefundable('nothing is left of what was paid')
  if (amount === undefined) return left
  if (amount.currency !== currency) throw notRefundable(`it was paid in ${currency}`)
  if (amount.amountCents <= 0n) {
    const fields = [{ field: 'amount.amount_cents', message: 'must be above 0' }]
    throw new PurserError('request.invalid', 'A refund is above 0.', { fields })
  }
  if (amount.amountCents > left) {
    throw new PurserError(
      'order.refund_exceeds_paid',
      'No more can be given back than was paid and is not given back yet.',
      { details: { refundable_cents: left.toString() } },
    )
  }
  return amount.amountCents
}

function notRefundable(why: string): PurserError {
  return new PurserError('order.not_refundable', `The order cannot be refunded: ${why}.`)
}
