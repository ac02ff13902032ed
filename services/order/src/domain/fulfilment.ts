import type { Order, OrderLine } from './order.ts'
import type { OrderState } from './order-state.ts'

/** Whether all units of all goods did something; false when there are no goods. */
function allGoods(order: Order, quantityOf: (line: OrderLine) => number): boolean {
  const goods = order.lines.filter(({ kind }) => kind === 'goods')
  return goods.length > 0 && goods.every((line) => quantityOf(line) === line.quantity)
}

/**
 * Through which states an order goes, given what of it has left and arrived: none when there is
 * nothing new, or when it is none of shipping's any more.
 */
export function statesOfShipping(order: Order): OrderState[] {
  const isDelivered = allGoods(order, ({ deliveredQuantity }) => deliveredQuantity)
  const hasLeft =
    isDelivered || allGoods(order, (line) => Math.max(line.shippedQuantity, line.deliveredQuantity))
  const { state } = order
  if (state === 'paid' && !hasLeft) return ['fulfilling']
  if (state === 'paid' || state === 'fulfilling') {
    if (isDelivered) return ['shipped', 'delivered']
    return hasLeft ? ['shipped'] : []
  }
  return state === 'shipped' && isDelivered ? ['delivered'] : []
}

/** Whether every unit of every good has come back. */
export function isWhollyReturned(order: Order): boolean {
  return allGoods(order, ({ returnedQuantity }) => returnedQuantity)
}
