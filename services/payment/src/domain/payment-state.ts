/**
 * The states of a payment and what leads where.
 *
 *   created → processing → succeeded → partially_refunded → refunded
 *                        → declined
 *                        → requires_action → processing, succeeded, declined
 *                        → unknown → succeeded, declined, requires_action
 *   created, processing, requires_action, unknown → canceled
 *
 * `processing` is also where a process that died leaves a payment; `unknown` is where a provider's
 * silence does. Nobody leaves either without asking the provider. The constraint
 * `payment_transition_legal` of the database is the same table.
 */
export const transitions = {
  created: ['processing', 'canceled'],
  processing: ['succeeded', 'declined', 'requires_action', 'unknown', 'canceled'],
  requires_action: ['processing', 'succeeded', 'declined', 'canceled'],
  unknown: ['succeeded', 'declined', 'requires_action', 'canceled'],
  succeeded: ['partially_refunded', 'refunded'],
  partially_refunded: ['partially_refunded', 'refunded'],
  declined: [],
  canceled: [],
  refunded: [],
} as const satisfies Record<string, readonly string[]>

/** Where a payment stands. */
export type PaymentState = keyof typeof transitions

/** Whether a payment may go from one state to another. */
export function isLegal(from: PaymentState, to: PaymentState): boolean {
  const targets: readonly PaymentState[] = transitions[from]
  return targets.includes(to)
}

const paid: ReadonlySet<PaymentState> = new Set(['succeeded', 'partially_refunded', 'refunded'])
const open: ReadonlySet<PaymentState> = new Set(['processing', 'requires_action', 'unknown'])

/** Whether money was taken, given back or not. */
export function isPaid(state: PaymentState): boolean {
  return paid.has(state)
}

/** Whether the provider may still change what becomes of it. */
export function isOpen(state: PaymentState): boolean {
  return open.has(state)
}
