/**
 * The states of an order and what leads where.
 *
 *   pending → confirmed → paid → fulfilling → shipped → delivered → completed
 *   fulfilling → paid, when the only parcel was refused or called off
 *   paid → completed, when nothing of it has to be sent
 *   pending, confirmed, paid → canceled
 *   shipped, delivered, completed → returned
 *   paid … completed → refunded
 *
 * `pending` is an order of a checkout that has not ended. Giving back a part of the money, or some of
 * the goods, is no change of state. The constraint `order_transition_legal` of the database is the
 * same table.
 */
export const transitions = {
  pending: ['confirmed', 'canceled'],
  confirmed: ['paid', 'canceled'],
  paid: ['fulfilling', 'shipped', 'completed', 'canceled', 'refunded'],
  fulfilling: ['paid', 'shipped', 'refunded'],
  shipped: ['delivered', 'returned', 'refunded'],
  delivered: ['completed', 'returned', 'refunded'],
  completed: ['returned', 'refunded'],
  canceled: [],
  refunded: [],
  returned: [],
} as const satisfies Record<string, readonly string[]>

/** Where an order stands. */
export type OrderState = keyof typeof transitions

/** Whether an order may go from one state to another. */
export function isLegal(from: OrderState, to: OrderState): boolean {
  const targets: readonly OrderState[] = transitions[from]
  return targets.includes(to)
}
