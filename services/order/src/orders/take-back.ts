import { PurserError } from '@purser/kernel'
import { isWhollyReturned } from '../domain/fulfilment.ts'
import {
  type Order,
  type OrderLine,
  type OrderReturn,
  paidOfUnits,
  refundableMinor,
  type Units,
} from '../domain/order.ts'
import { findOrder, moveOrder } from '../store/order.ts'
import { countUnits, insertReturn } from '../store/order-work.ts'
import type { Change } from './change-order.ts'

/** Units of a line that come back. */
type ComingBack = { line: OrderLine; quantity: number }

/** The lines of units that come back. Throws `order.not_returnable` unless each is there once and enough of it. */
export function comingBack(order: Order, units: readonly Units[]): ComingBack[] {
  const parts = units.map(({ variantId, quantity }, index) => ({
    line: lineOf(order, { variantId, quantity }, index),
    quantity,
  }))
  if (new Set(parts.map(({ line }) => line.lineNumber)).size < parts.length) {
    throw notReturnable('a variant is named twice')
  }
  return parts
}

/** What was paid for units, in minor units, as far as it is not given back in other ways. */
export function valueOf(order: Order, parts: readonly ComingBack[]): bigint {
  const paid = parts.reduce((sum, { line, quantity }) => sum + paidOfUnits(line, quantity), 0n)
  const left = refundableMinor(order)
  return paid < left ? paid : left
}

/** Notes that goods are back, to go on the shelf; the order is returned once all of it is. It is locked. */
export async function takeBack(
  { tx, tenant, order, cause, at }: Change,
  parts: readonly ComingBack[],
  { returnId, refundId, reason }: Pick<OrderReturn, 'returnId' | 'refundId' | 'reason'>,
): Promise<OrderReturn> {
  const { orderId, state: from } = order
  const lines = parts.map(({ line, quantity }) => ({ variantId: line.itemId, quantity }))
  const made = { orderId, returnId, refundId, reason, createdAt: at }
  const returned = { ...made, lines, isRestocked: false }
  await insertReturn(tx, tenant, returned)
  const counted = parts.map(({ line: { lineNumber }, quantity }) => {
    return { lineNumber, shipped: 0, delivered: 0, returned: quantity }
  })
  await countUnits(tx, tenant, orderId, counted)
  const now = await findOrder(tx, tenant, orderId)
  if (now && isWhollyReturned(now) && from !== 'refunded') {
    await moveOrder(tx, tenant, orderId, { from, through: ['returned'], cause, at })
  }
  return returned
}

/** What goods that cannot come back answer. */
export function notReturnable(why: string): PurserError {
  return new PurserError('order.not_returnable', `Nothing can come back: ${why}.`)
}

/** Passes an order that no exchange holds. Throws `order.exchange_running`. */
export function requireFree({ heldBy }: Order): void {
  if (heldBy === '') return
  const message =
    'Goods of the order are being exchanged at this moment; try again once that has ended.'
  throw new PurserError('order.exchange_running', message, { details: { checkout_id: heldBy } })
}

function lineOf(order: Order, { variantId, quantity }: Units, index: number): OrderLine {
  const line = order.lines.find(({ kind, itemId }) => kind === 'goods' && itemId === variantId)
  // Of an order that has not left as a whole, what did can come back.
  const gone = order.state === 'fulfilling' ? line?.shippedQuantity : line?.quantity
  const left = line && gone ? gone - line.returnedQuantity : 0
  if (line && quantity <= left) return line
  const message = line ? `only ${left} of it can still come back` : 'is not in the order'
  throw new PurserError('order.not_returnable', `${variantId} ${message}.`, {
    fields: [{ field: `lines[${index}]`, message }],
  })
}
