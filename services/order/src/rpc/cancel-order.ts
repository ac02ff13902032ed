import type { HandlerContext } from '@connectrpc/connect'
import type {
  CancelOrderRequest,
  CancelOwnOrderRequest,
} from '@purser/contracts/order/v1/life_cycle'
import type { Order } from '@purser/contracts/order/v1/sales_order'
import { newId, PurserError } from '@purser/kernel'
import { shopperOf } from '../checkout/owner.ts'
import type { OrderContext } from '../context.ts'
import { refundableMinor } from '../domain/order.ts'
import { publishOrderCanceled } from '../events.ts'
import { type Change, type Changed, changeOrder, settleLater } from '../orders/change-order.ts'
import { giveBack } from '../orders/give-back.ts'
import { moveOrder } from '../store/order.ts'
import { insertReturn } from '../store/order-work.ts'
import { toProtoOrder } from './convert.ts'

/** Calls an order off. Throws what `cancel` throws. */
export function cancelOrder(ctx: OrderContext) {
  return async (req: CancelOrderRequest, call: HandlerContext): Promise<Order> =>
    await cancel(ctx, { ...req, userId: undefined, call }, req.reason)
}

/** Calls an order of the caller's own off. Throws what `cancel` throws. */
export function cancelOwnOrder(ctx: OrderContext) {
  return async (req: CancelOwnOrderRequest, call: HandlerContext): Promise<Order> =>
    await cancel(ctx, { ...req, userId: shopperOf(call).userId, call }, req.reason)
}

/** Throws `resource.not_found`, `order.not_cancelable`. */
async function cancel(ctx: OrderContext, changed: Changed, reason: string): Promise<Order> {
  const order = await changeOrder(ctx, changed, (change) => cancelIn(ctx, change, reason))
  return toProtoOrder(order)
}

/** What is being given back already goes on; the rest of the money and all goods follow. */
async function cancelIn(ctx: OrderContext, change: Change, reason: string): Promise<void> {
  const { tx, tenant, order, cause, at } = change
  const { orderId, state } = order
  if (state === 'canceled') return
  // A pending order is its checkout's, which alone knows whether there will be one.
  if (state !== 'confirmed' && state !== 'paid') throw notCancelable(state)
  await moveOrder(tx, tenant, orderId, { from: state, through: ['canceled'], cause, at })
  const [refund] = await giveBack(change, { amountMinor: refundableMinor(order), reason })
  const common = { orderId, refundId: refund?.refundId ?? '', reason, createdAt: at }
  const lines = order.lines.flatMap(({ kind, itemId, quantity }) =>
    kind === 'goods' ? [{ variantId: itemId, quantity }] : [],
  )
  if (lines.length > 0) {
    await insertReturn(tx, tenant, { ...common, returnId: newId('ret'), lines, isRestocked: false })
  }
  await publishOrderCanceled(tx, tenant, { ...order, state: 'canceled', updatedAt: at })
  await settleLater(ctx, tx, tenant, orderId)
}

function notCancelable(state: string): PurserError {
  const message = `An order that is ${state} can no longer be called off.`
  return new PurserError('order.not_cancelable', message, { details: { state } })
}
