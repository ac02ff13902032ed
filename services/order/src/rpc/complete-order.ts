import type { HandlerContext } from '@connectrpc/connect'
import type { CompleteOrderRequest } from '@purser/contracts/order/v1/life_cycle'
import type { Order } from '@purser/contracts/order/v1/sales_order'
import { PurserError } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import { statesOfClosing } from '../domain/fulfilment.ts'
import { changeOrder } from '../orders/change-order.ts'
import { moveOrder } from '../store/order.ts'
import { toProtoOrder } from './convert.ts'

/** Closes an order that is over. Throws `resource.not_found`, `order.not_shippable` before it is. */
export function completeOrder(ctx: OrderContext) {
  return async (req: CompleteOrderRequest, call: HandlerContext): Promise<Order> => {
    const { tenant, orderId } = req
    const changed = { tenant, orderId, userId: undefined, call }
    const order = await changeOrder(ctx, changed, async ({ tx, order: now, cause, at }) => {
      const { state } = now
      if (state === 'completed') return
      const through = statesOfClosing(now)
      if (through.length === 0) {
        const message = `An order that is ${state} cannot be closed.`
        throw new PurserError('order.not_shippable', message, { details: { state } })
      }
      await moveOrder(tx, tenant, orderId, { from: state, through, cause, at })
    })
    return toProtoOrder(order)
  }
}
