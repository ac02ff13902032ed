import { Decimal, type Period, periodContains } from '@purser/kernel'
import { z } from 'zod'
import { type Aggregation, type AggregationEvent, aggregate } from '../src/aggregation.ts'
import type { RatingPolicy } from '../src/policy.ts'
import { rate } from '../src/rate.ts'
import { quantityFunctions, roundQuantity } from '../src/round-quantity.ts'
import { proratedSum, proratedUniqueCount, weightedSum } from '../src/weighted-aggregation.ts'
import type { Adapter } from './adapter.ts'
import { decimal, instant, optional, readInputs, UnsupportedCase } from './inputs.ts'

const value = z.union([z.string(), z.number().transform(String)]).nullish()
/** A bare value, or an object whose further fields are what events are grouped by. */
const eventInput = z.union([
  value.transform((text) => ({ value: text, timestamp: undefined })),
  z.looseObject({ value, timestamp: optional(instant) }),
])
const timedEvent = z.strictObject({ timestamp: instant, value })

/** Events at their own time, or in arrival order, a second apart. */
function arrived(inputs: readonly z.output<typeof eventInput>[]): AggregationEvent[] {
  const first = Temporal.Instant.from('2026-01-01T00:00:00Z')
  return inputs.map((input, index) => ({
    time: input.timestamp ?? first.add({ seconds: index }),
    source: 'conformance',
    id: String(index),
    value: input.value ?? undefined,
  }))
}

function timed(inputs: readonly z.output<typeof timedEvent>[]): AggregationEvent[] {
  return inputs.map((input, index) => ({
    time: input.timestamp,
    source: 'conformance',
    id: String(index),
    value: input.value ?? undefined,
  }))
}

/** The quantity and, where the case has a unit price, its amount. */
function quantityAndAmount(
  quantity: Decimal,
  unitAmount: Decimal | undefined,
  policy: RatingPolicy,
) {
  if (!unitAmount) return { value: quantity }
  const { amount } = rate({ model: 'per_unit', unitAmount }, { quantity }, policy)
  return { value: quantity, amount }
}

/** Aggregations over values alone, inside each group where the case groups. */
export function aggregatedBy(aggregation: Aggregation): Adapter {
  return ({ inputs, policy }) => {
    const given = readInputs(
      z.strictObject({
        events: z.array(eventInput),
        group_by: optional(z.array(z.string())),
        unit_amount: optional(decimal),
      }),
      inputs,
    )
    const keys = given.group_by ?? []
    const groups = Map.groupBy(given.events, (event) =>
      JSON.stringify(keys.map((key) => (event as Record<string, unknown>)[key])),
    )
    const quantities = [...groups.values()].map((events) => aggregate(aggregation, arrived(events)))
    return quantityAndAmount(Decimal.sum(quantities), given.unit_amount, policy)
  }
}

export const aggregationRoundingAdapter: Adapter = ({ inputs }) => {
  const given = readInputs(
    z.strictObject({
      value: decimal,
      function: z.enum(quantityFunctions),
      precision: optional(z.number().int()),
    }),
    inputs,
  )
  return { value: roundQuantity(given.value, given.function, given.precision) }
}

const periodFields = { period_start: instant, period_end_exclusive: instant }

export const weightedSumAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({
      events: z.array(timedEvent),
      initial_value: optional(decimal),
      unit_amount: optional(decimal),
      ...periodFields,
    }),
    inputs,
  )
  const period = { start: given.period_start, end: given.period_end_exclusive }
  const { average, closingLevel } = weightedSum(timed(given.events), period, given.initial_value)
  return {
    ...quantityAndAmount(average, given.unit_amount, policy),
    closing_level: closingLevel,
  }
}

export const proratedSumAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({
      carried_quantity: optional(decimal),
      events: z.array(timedEvent),
      timezone: optional(z.string()),
      unit_amount: optional(decimal),
      ...periodFields,
    }),
    inputs,
  )
  const period = { start: given.period_start, end: given.period_end_exclusive }
  const carried = given.carried_quantity ?? Decimal.zero
  const quantity = proratedSum(carried, timed(given.events), period, given.timezone ?? 'UTC')
  return quantityAndAmount(quantity, given.unit_amount, policy)
}

export const proratedUniqueCountAdapter: Adapter = ({ inputs, policy }) => {
  const item = z.strictObject({ active_days: z.number().int(), period_days: z.number().int() })
  const given = readInputs(
    z.strictObject({
      full_period_items: z.number().int().nonnegative(),
      partial_items: z.array(item),
      unit_amount: optional(decimal),
    }),
    inputs,
  )
  const periodDays = given.partial_items[0]?.period_days ?? 1
  if (given.partial_items.some((partial) => partial.period_days !== periodDays)) {
    throw new UnsupportedCase('items of unlike periods')
  }
  const full = Array.from({ length: given.full_period_items }, () => periodDays)
  const partial = given.partial_items.map((partialItem) => partialItem.active_days)
  const quantity = proratedUniqueCount([...full, ...partial], periodDays)
  return quantityAndAmount(quantity, given.unit_amount, policy)
}

/** Events before, inside and on the bound; each must be counted by one of the two periods, never by both. */
export const periodBoundaryAdapter: Adapter = ({ inputs }) => {
  const count = optional(z.number().int().nonnegative())
  const given = readInputs(
    z.strictObject({
      ...periodFields,
      events_before_period: count,
      events_in_period: count,
      event_at_period_start: count,
    }),
    inputs,
  )
  const current: Period = { start: given.period_start, end: given.period_end_exclusive }
  const previous: Period = { start: current.start.subtract({ hours: 24 * 31 }), end: current.start }
  const times = [
    ...repeat(given.events_before_period, current.start.subtract({ nanoseconds: 1 })),
    ...repeat(given.events_in_period, current.end.subtract({ nanoseconds: 1 })),
    ...repeat(given.event_at_period_start, current.start),
  ]
  const counted = [previous, current].map((period) => {
    const inside = times.filter((time) => periodContains(period, time))
    return aggregate('count', timed(inside.map((timestamp) => ({ timestamp, value: '1' }))))
  })
  return { event_count: Decimal.sum(counted) }
}

function repeat(count: number | undefined, time: Temporal.Instant): Temporal.Instant[] {
  return Array.from({ length: count ?? 0 }, () => time)
}
