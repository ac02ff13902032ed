import { compareText } from '@purser/kernel'

/**
 * The first and the last subscription of some items, empty without any. A statement that names them beside the items
 * reads their part of the ledger; without them the planner may prefer all of it, which grows with every month.
 */
export function subscriptionRange(
  items: readonly { subscriptionId: string }[],
): [first: string, last: string] {
  let [first = '', last = ''] = [items[0]?.subscriptionId, items[0]?.subscriptionId]
  for (const { subscriptionId } of items) {
    if (compareText(subscriptionId, first) < 0) first = subscriptionId
    if (compareText(subscriptionId, last) > 0) last = subscriptionId
  }
  return [first, last]
}
