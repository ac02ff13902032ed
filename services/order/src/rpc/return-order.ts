import type { HandlerContext } from '@connectrpc/connect'
import type { ReturnOrderRequest } from '@purser/contracts/order/v1/life_cycle'
import type { OrderReturn as ProtoReturn } from '@purser/contracts/order/v1/sales_order'
import { assert, newId } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { OrderReturn } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { changeOrder, settleLater } from '../orders/change-order.ts'
import { giveBack } from '../orders/give-back.ts'
import { comingBack, notReturnable, requireFree, takeBack, valueOf } from '../orders/take-back.ts'
import { fromProtoUnits, toProtoReturn } from './convert-life-cycle.ts'

/** States in which goods can come back: some left, and not all of them are back. */
const returnable: ReadonlySet<OrderState> = new Set([
  'fulfilling',
  'shipped',
  'delivered',
  'completed',
  'refunded',
])

/**
 * Takes goods of an order back, and gives back what was paid for them as far as it is not given back
 * yet. Throws `resource.not_found`, `order.not_returnable`, `order.exchange_running`.
 */
export function returnOrder(ctx: OrderContext) {
  return async (req: ReturnOrderRequest, call: HandlerContext): Promise<ProtoReturn> => {
    const { tenant, orderId, reason } = req
    let made: OrderReturn | undefined
    await changeOrder(ctx, { tenant, orderId, userId: undefined, call }, async (change) => {
      const { tx, order } = change
      if (!returnable.has(order.state)) throw notReturnable(`it is ${order.state}`)
      requireFree(order)
      const parts = comingBack(order, req.lines.map(fromProtoUnits))
      const amountMinor = req.keepMoney ? 0n : valueOf(order, parts)
      const [refund] = await giveBack(change, { amountMinor, reason })
      const ids = { returnId: newId('ret'), refundId: refund?.refundId ?? '' }
      made = await takeBack(change, parts, { ...ids, reason })
      await settleLater(ctx, tx, tenant, orderId)
    })
    assert(made, 'a return that is not refused is made')
    return toProtoReturn(made)
  }
}
