import type { HandlerContext } from '@connectrpc/connect'
import type { ReturnOrderRequest } from '@purser/contracts/order/v1/life_cycle'
import type { OrderReturn as ProtoReturn } from '@purser/contracts/order/v1/sales_order'
import { assert, newId, PurserError } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import { isWhollyReturned } from '../domain/fulfilment.ts'
import {
  type Order,
  type OrderLine,
  type OrderReturn,
  paidOfUnits,
  refundableMinor,
  type Units,
} from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { type Change, changeOrder, settleLater } from '../orders/change-order.ts'
import { findOrder, moveOrder } from '../store/order.ts'
import { countUnits, insertRefund, insertReturn } from '../store/order-work.ts'
import { toProtoReturn } from './convert-life-cycle.ts'

/** States in which goods can come back: they left, and not all of them are back. */
const returnable: ReadonlySet<OrderState> = new Set([
  'shipped',
  'delivered',
  'completed',
  'refunded',
])

/**
 * Takes goods of an order back, and gives back what was paid for them as far as it is not given back
 * yet. Throws `resource.not_found`, `order.not_returnable`.
 */
export function returnOrder(ctx: OrderContext) {
  return async (req: ReturnOrderRequest, call: HandlerContext): Promise<ProtoReturn> => {
    const { tenant, orderId } = req
    let made: OrderReturn | undefined
    await changeOrder(ctx, { tenant, orderId, userId: undefined, call }, async (change) => {
      made = await takeBack(ctx, change, req)
    })
    assert(made, 'a return that is not refused is made')
    return toProtoReturn(made)
  }
}

async function takeBack(
  ctx: OrderContext,
  { tx, tenant, order, cause, at }: Change,
  req: ReturnOrderRequest,
): Promise<OrderReturn> {
  const { orderId, state } = order
  if (!returnable.has(state)) throw notReturnable(`it is ${state}`)
  const lines = req.lines.map(({ variantId, quantity }) => ({
    variantId,
    quantity: Number(quantity),
  }))
  const parts = lines.map((units, index) => ({ ...units, line: lineOf(order, units, index) }))
  if (new Set(parts.map(({ variantId }) => variantId)).size < parts.length) {
    throw notReturnable('a variant is named twice')
  }
  const refund = req.keepMoney ? 0n : moneyOf(order, parts)
  const refundId = refund > 0n ? newId('ref') : ''
  const { reason } = req
  const common = { orderId, refundId, reason, createdAt: at }
  if (refundId) {
    const { currency } = order
    const open = { state: 'open' as const, failureCode: '' }
    await insertRefund(tx, tenant, { ...common, ...open, amountMinor: refund, currency })
  }
  const made = { ...common, returnId: newId('ret'), lines, isRestocked: false }
  await insertReturn(tx, tenant, made)
  const counted = parts.map(({ line: { lineNumber }, quantity }) => {
    return { lineNumber, shipped: 0, delivered: 0, returned: quantity }
  })
  await countUnits(tx, tenant, orderId, counted)
  const now = await findOrder(tx, tenant, orderId)
  if (now && isWhollyReturned(now) && state !== 'refunded') {
    await moveOrder(tx, tenant, orderId, { from: state, through: ['returned'], cause, at })
  }
  await settleLater(ctx, tx, tenant, orderId)
  return made
}

function lineOf(order: Order, { variantId, quantity }: Units, index: number): OrderLine {
  const line = order.lines.find(({ kind, itemId }) => kind === 'goods' && itemId === variantId)
  const left = line ? line.quantity - line.returnedQuantity : 0
  if (line && quantity <= left) return line
  const message = line ? `only ${left} of it can still come back` : 'is not in the order'
  throw new PurserError('order.not_returnable', `${variantId} ${message}.`, {
    fields: [{ field: `lines[${index}]`, message }],
  })
}

/** What was paid for the units, as far as it is not given back in other ways. */
function moneyOf(order: Order, parts: readonly { line: OrderLine; quantity: number }[]): bigint {
  const paid = parts.reduce((sum, { line, quantity }) => sum + paidOfUnits(line, quantity), 0n)
  const left = refundableMinor(order)
  return paid < left ? paid : left
}

function notReturnable(why: string): PurserError {
  return new PurserError('order.not_returnable', `Nothing can come back: ${why}.`)
}
