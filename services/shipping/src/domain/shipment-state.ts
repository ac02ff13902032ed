/**
 * The states of a shipment and what leads where.
 *
 *   created → label_ready → shipped → in_transit → delivered → returned
 *   created, label_ready → canceled
 *   created → failed (the carrier refused)
 *   label_ready, shipped, in_transit → failed (the carrier lost it)
 *
 * A carrier need not tell every step, nor in order: what is ahead may be skipped, nothing goes back.
 * `created` is also where a carrier's silence and a process that died leave a shipment. The constraint
 * `shipment_transition_legal` of the database is the same table.
 */
export const transitions = {
  created: ['label_ready', 'canceled', 'failed'],
  label_ready: ['shipped', 'in_transit', 'delivered', 'returned', 'canceled', 'failed'],
  shipped: ['in_transit', 'delivered', 'returned', 'failed'],
  in_transit: ['delivered', 'returned', 'failed'],
  delivered: ['returned'],
  returned: [],
  canceled: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>

/** Where a shipment stands. */
export type ShipmentState = keyof typeof transitions

/** Where a carrier, or people for it, can say that a shipment is. */
export type TrackedState = 'shipped' | 'in_transit' | 'delivered' | 'returned' | 'failed'

/** Whether a shipment may go from one state to another. */
export function isLegal(from: ShipmentState, to: ShipmentState): boolean {
  const targets: readonly ShipmentState[] = transitions[from]
  return targets.includes(to)
}

const places: readonly ShipmentState[] = ['shipped', 'in_transit', 'delivered', 'returned']

/** Whether the carrier has had the parcel. */
function hasLeft(state: ShipmentState): boolean {
  return places.includes(state)
}

/** Whether its units can be sent by another shipment. */
export function isVoid(state: ShipmentState): boolean {
  return state === 'canceled' || state === 'failed'
}

/** Whether nobody needs its address any more. */
export function isDone(state: ShipmentState): boolean {
  return state === 'delivered' || state === 'returned' || isVoid(state)
}

/** What the world is told when a shipment goes from one state to another, in order. */
export function factsOf(from: ShipmentState, to: ShipmentState): TrackedState[] {
  const facts: TrackedState[] = []
  // Also when a carrier did not tell the departure: whoever waits for it hears of it once.
  if (!hasLeft(from) && hasLeft(to)) facts.push('shipped')
  if (to === 'delivered' || to === 'returned' || to === 'failed') facts.push(to)
  return facts
}
