import type { Order, OrderLine } from './order.ts'
import type { OrderState } from './order-state.ts'
import type { PackedUnits } from './parcel.ts'

type Lines = Pick<Order, 'lines'>

/** Whether all units of lines did something; false when there are none. */
function allUnits(lines: readonly OrderLine[], quantityOf: (line: OrderLine) => number): boolean {
  return lines.length > 0 && lines.every((line) => quantityOf(line) === line.quantity)
}

/** What of an order has to be sent: the one place that decides it. Empty for plans, and for goods that need no delivery. */
export function linesToSend({ lines }: Lines): OrderLine[] {
  return lines.filter(({ kind, requiresShipping }) => kind === 'goods' && requiresShipping)
}

/** Units of goods by line that are in no parcel; `packed` says how many of each line are in one. */
export function unsentLines(
  { lines }: Lines,
  packed: ReadonlyMap<number, number>,
): { line: OrderLine; quantity: number }[] {
  return lines.flatMap((line) => {
    const left = line.quantity - (packed.get(line.lineNumber) ?? 0)
    return line.kind === 'goods' && left > 0 ? [{ line, quantity: left }] : []
  })
}

/** Lines of units, at most so many of each as did not come back. */
export function linesOfUnits(
  { lines }: Lines,
  units: readonly PackedUnits[],
): { line: OrderLine; quantity: number }[] {
  return units.flatMap((unit) => {
    const line = lines.find(({ lineNumber }) => lineNumber === unit.lineNumber)
    const left = line ? line.quantity - line.returnedQuantity : 0
    const quantity = Math.min(unit.quantity, left)
    return line && quantity > 0 ? [{ line, quantity }] : []
  })
}

/**
 * Through which states an order goes, given what of it has left and arrived: none when there is
 * nothing new, or when it is none of shipping's any more.
 */
export function statesOfShipping(order: Order): OrderState[] {
  const lines = linesToSend(order)
  const isDelivered = allUnits(lines, ({ deliveredQuantity }) => deliveredQuantity)
  const hasLeft =
    isDelivered || allUnits(lines, (line) => Math.max(line.shippedQuantity, line.deliveredQuantity))
  const { state } = order
  if (state === 'paid' && !hasLeft) return ['fulfilling']
  if (state === 'paid' || state === 'fulfilling') {
    if (isDelivered) return ['shipped', 'delivered']
    return hasLeft ? ['shipped'] : []
  }
  return state === 'shipped' && isDelivered ? ['delivered'] : []
}

/** Through which states an order is closed; none when it cannot be: something is still to be sent, or on its way. */
export function statesOfClosing(order: Order): OrderState[] {
  const { state } = order
  if (state === 'delivered') return ['completed']
  const lines = linesToSend(order)
  if (state === 'paid') return lines.length === 0 ? ['completed'] : []
  const isOver = lines.every(
    (line) => line.deliveredQuantity + line.returnedQuantity >= line.quantity,
  )
  return state === 'shipped' && isOver ? ['delivered', 'completed'] : []
}

/** Whether every unit of every good has come back. */
export function isWhollyReturned({ lines }: Lines): boolean {
  const goods = lines.filter(({ kind }) => kind === 'goods')
  return allUnits(goods, ({ returnedQuantity }) => returnedQuantity)
}

/**
 * Whether nothing is left of an order that was made: called off, or its money all given back before any of its goods was in a
 * parcel, so that they went back to the shelf. What arrived and came back was bought all the same.
 */
export function isUndone(order: Order): boolean {
  if (order.state === 'canceled') return true
  const hasLeft = order.lines.some(({ shippedQuantity }) => shippedQuantity > 0)
  return order.state === 'refunded' && !hasLeft && isWhollyReturned(order)
}
