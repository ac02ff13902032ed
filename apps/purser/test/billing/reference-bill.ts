import { compareText, Decimal } from '@purser/kernel'
import type { UsageEvent } from './usage-fixture.ts'

/**
 * A bill made the plainest way: events folded in a loop, prices written out as arithmetic. It shares no code with
 * the rating engine and the SQL of metering, so that their agreement means something.
 */

const dec = Decimal.parse
const zero = Decimal.zero

/** Amount of `everyPrice` in cents for the events of one account and period, by price. */
export function referenceAmounts(events: readonly UsageEvent[]): Record<string, bigint> {
  return {
    units: cents(times(above(sum(events), '1.5'), '0.0375')),
    calls: cents(graduatedCalls(events.length)),
    peak: cents(volumePeak(max(events))),
    users: cents(packagedUsers(new Set(events.map((event) => event.properties.user)).size)),
    seats: cents(times(latest(events), '7.005')),
  }
}

/** The events of an account with a time in [start, end). */
export function eventsIn(
  events: readonly UsageEvent[],
  accountId: string,
  start: string,
  end: string,
): UsageEvent[] {
  const [from, to] = [Date.parse(start), Date.parse(end)]
  return events.filter(({ subject, time }) => {
    const ms = Date.parse(time)
    return subject === accountId && ms >= from && ms < to
  })
}

function sum(events: readonly UsageEvent[]): Decimal {
  return events.reduce((total, event) => total.plus(dec(event.quantity)), zero)
}

function max(events: readonly UsageEvent[]): Decimal {
  return events
    .map((event) => dec(event.properties.level))
    .reduce((highest, level) => (level.gt(highest) ? level : highest), zero)
}

function latest(events: readonly UsageEvent[]): Decimal {
  const inOrder = events.toSorted(
    (a, b) =>
      Date.parse(a.time) - Date.parse(b.time) ||
      compareText(a.source, b.source) ||
      compareText(a.id, b.id),
  )
  return dec(inOrder.at(-1)?.properties.seats ?? '0')
}

/** Up to 2 at 0.255 plus 0.50; up to 5 at 0.10; the rest at 0.033 plus 1.005. */
function graduatedCalls(count: number): Decimal {
  const first = times(whole(Math.min(count, 2)), '0.255').plus(dec('0.5'))
  const second = times(whole(Math.max(Math.min(count, 5) - 2, 0)), '0.1')
  const third = count > 5 ? times(whole(count - 5), '0.033').plus(dec('1.005')) : zero
  return first.plus(second).plus(third)
}

/** Up to 10 all at 1.115 plus 2; above all at 0.905. */
function volumePeak(peak: Decimal): Decimal {
  return peak.lte(dec('10')) ? times(peak, '1.115').plus(dec('2')) : times(peak, '0.905')
}

/** 3.335 for every two begun, the first free. */
function packagedUsers(count: number): Decimal {
  return times(whole(Math.ceil(Math.max(count - 1, 0) / 2)), '3.335')
}

function above(quantity: Decimal, free: string): Decimal {
  return quantity.gt(dec(free)) ? quantity.minus(dec(free)) : zero
}

function times(quantity: Decimal, amount: string): Decimal {
  return quantity.times(dec(amount))
}

function whole(count: number): Decimal {
  return Decimal.fromBigInt(BigInt(count))
}

function cents(amount: Decimal): bigint {
  return amount.toMinor(2, 'half_away_from_zero')
}
