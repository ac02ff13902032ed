import { compareText, Decimal, unreachable } from '@purser/kernel'

/**
 * One usage event as the aggregations see it. `value` is what the meter reads from the event, as text:
 * undefined where the event has none. Source and id name the event.
 */
export type AggregationEvent = {
  time: Temporal.Instant
  source: string
  id: string
  value: string | undefined
}

/** How a meter makes one quantity of a period's events. */
export const aggregations = ['count', 'sum', 'max', 'unique_count', 'latest'] as const
export type Aggregation = (typeof aggregations)[number]

/**
 * The quantity of the events of one period: the reference that invoices are verified with. The order of the
 * events does not matter. No events give zero.
 *
 * - `count`: events, with or without a value;
 * - `unique_count`: distinct texts of values; `1` and `1.0` are two texts;
 * - `sum`, `max`, `latest`: of the values that are decimals; others are ignored (conformance policy
 *   `non_numeric_event_value:ignored`). `latest` is the value of the last event by time, then source, then id.
 */
export function aggregate(aggregation: Aggregation, events: Iterable<AggregationEvent>): Decimal {
  switch (aggregation) {
    case 'count':
      return count(events)
    case 'sum':
      return Decimal.sum(values(events))
    case 'max':
      return max(events)
    case 'unique_count':
      return uniqueCount(events)
    case 'latest':
      return latest(events)
    default:
      return unreachable(aggregation)
  }
}

/** The value of an event as a number; undefined where it is none. */
export function numericValue(event: AggregationEvent): Decimal | undefined {
  return event.value === undefined ? undefined : Decimal.tryParse(event.value)
}

function* values(events: Iterable<AggregationEvent>): Iterable<Decimal> {
  for (const event of events) {
    const value = numericValue(event)
    if (value) yield value
  }
}

function count(events: Iterable<AggregationEvent>): Decimal {
  let total = 0n
  for (const _ of events) total++
  return Decimal.fromBigInt(total)
}

function max(events: Iterable<AggregationEvent>): Decimal {
  let highest: Decimal | undefined
  for (const value of values(events)) highest = highest ? Decimal.max(highest, value) : value
  return highest ?? Decimal.zero
}

function uniqueCount(events: Iterable<AggregationEvent>): Decimal {
  const distinct = new Set<string>()
  for (const { value } of events) if (value !== undefined) distinct.add(value)
  return Decimal.fromBigInt(BigInt(distinct.size))
}

function latest(events: Iterable<AggregationEvent>): Decimal {
  let last: { event: AggregationEvent; value: Decimal } | undefined
  for (const event of events) {
    const value = numericValue(event)
    if (value && (!last || compareEvents(event, last.event) > 0)) last = { event, value }
  }
  return last?.value ?? Decimal.zero
}

/** By time, then source, then id: a total order, since source and id name an event. */
function compareEvents(a: AggregationEvent, b: AggregationEvent): number {
  return (
    Temporal.Instant.compare(a.time, b.time) ||
    compareText(a.source, b.source) ||
    compareText(a.id, b.id)
  )
}
