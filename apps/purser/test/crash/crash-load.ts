import type { UsageEvent } from '../billing/usage-fixture.ts'
import { seededRandom } from './seeded-random.ts'

/** How much one round bills. */
export type LoadSize = { accounts: number; januaryEvents: number; laterEvents: number }

/** Events of one call. */
const BATCH_SIZE = 200

/** Of the events of the second stream, how many happened in a month that is billed by then. */
const LATE_SHARE = 0.3

const SOURCES = ['api', 'Batch'] as const

/** Account number `index` of a load. */
export function accountIdOf(index: number): string {
  return `a-${String(index).padStart(5, '0')}`
}

/** The batches of January, which arrive before it is billed. The same for the same seed. */
export function januaryBatches(seed: number, size: LoadSize): UsageEvent[][] {
  const random = seededRandom(seed)
  const events = Array.from({ length: size.januaryEvents }, (_, index) =>
    eventOf(`jan-${index}`, random, size, 1),
  )
  return inBatches(events)
}

/** The batches that follow: February, and January's late usage among it. */
export function laterBatches(seed: number, size: LoadSize): UsageEvent[][] {
  const random = seededRandom(seed + 1)
  const events = Array.from({ length: size.laterEvents }, (_, index) =>
    eventOf(`later-${index}`, random, size, random() < LATE_SHARE ? 1 : 2),
  )
  return inBatches(events)
}

function eventOf(id: string, random: () => number, size: LoadSize, month: 1 | 2): UsageEvent {
  const below = (limit: number) => Math.floor(random() * limit)
  const two = (number: number) => String(number).padStart(2, '0')
  // A few accounts use most, as in the real file.
  const account = Math.floor(size.accounts * random() ** 2)
  return {
    id,
    source: SOURCES[below(SOURCES.length)] ?? 'api',
    subject: accountIdOf(account),
    time: `2026-${two(month)}-${two(1 + below(28))}T${two(below(24))}:${two(below(60))}:00Z`,
    quantity: `${below(50)}.${below(1_000)}`,
    properties: { user: `u${below(9)}`, level: `${below(20)}.5`, seats: String(below(12)) },
  }
}

function inBatches(events: readonly UsageEvent[]): UsageEvent[][] {
  return Array.from({ length: Math.ceil(events.length / BATCH_SIZE) }, (_, index) =>
    events.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  )
}
