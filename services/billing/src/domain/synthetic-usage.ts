/**
 * Synthetic usage with the skew of the real file: few accounts use most, most use little. A pure function of
 * (run, number of the event), so that generating again gives the same events, which count as duplicates.
 */

/** Events for each account, as in the real file (1,000,000 events, 22,348 accounts). */
const EVENTS_PER_ACCOUNT = 45

/** Exponent of the skew: with 4 the busiest of 22,222 accounts has about 8 % of the events. */
const SKEW = 4

const FOLDERS = ['api', 'web', 'jobs', 'docs', 'core'] as const

/** One synthetic event; `atShare` in [0, 1) says where in the period it lies. */
export type SyntheticEvent = {
  id: string
  accountIndex: number
  atShare: number
  quantity: number
  folder: (typeof FOLDERS)[number]
}

/** Accounts that `records` events are spread over. */
export function syntheticAccountCount(records: number): number {
  return Math.max(1, Math.floor(records / EVENTS_PER_ACCOUNT))
}

/** Account of a run by its position. */
export function syntheticAccountId(runId: string, accountIndex: number): string {
  return `syn-${runId}-${accountIndex}`
}

/** Event number `index` of `records`. The first events touch every account once. */
export function syntheticEvent(index: number, accountCount: number): SyntheticEvent {
  const draw = (salt: number) => scramble(index * 4 + salt) / 2 ** 32
  return {
    id: String(index),
    accountIndex: index < accountCount ? index : Math.floor(accountCount * draw(0) ** SKEW),
    atShare: draw(1),
    quantity: Math.floor(draw(2) ** 3 * 200),
    folder: FOLDERS[Math.floor(draw(3) * FOLDERS.length)] ?? 'core',
  }
}

/** A 32-bit integer hash with good mixing. Source: C. Wellons, "prospecting for hash functions" (lowbias32). */
function scramble(value: number): number {
  let mixed = value >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
