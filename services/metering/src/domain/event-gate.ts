import { Decimal } from '@purser/kernel'
import { readsNumber, type EventPolicy, type Meter } from './meter.ts'
import { isReservedSource, type Refusal, type UsageEvent } from './usage-event.ts'

/** Most decimals of a quantity: finer than any unit price in use, small enough for every sum. */
const MAX_DECIMALS = 18
const MICROS_PER_SECOND = 1_000_000
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND

/** What the meters of one event type ask of an event, taken together: the strictest wins. */
type TypeRules = {
  oldestMicros: number
  latestMicros: number
  allowNegative: boolean
  integerOnly: boolean
  maxQuantity: Decimal
  /** The same as a number when it is a safe integer, for the fast path. */
  maxQuantityNumber: number
  /** Properties that must be there, and whether each must be a number. */
  valueProperties: readonly { name: string; numeric: boolean }[]
}

/**
 * Decides which events are taken, by the policies of a tenant's meters, for events that arrive at one
 * instant. An event must satisfy every meter that reads its type.
 */
export class EventGate {
  readonly #rulesByType = new Map<string, TypeRules>()

  /** `arrivalMicros`: microseconds since 1970 (UTC) at which the events arrive. */
  constructor(meters: readonly Meter[], arrivalMicros: number) {
    const metersByType = Map.groupBy(meters, (meter) => meter.eventType)
    for (const [type, group] of metersByType) {
      this.#rulesByType.set(type, rulesOf(group, arrivalMicros))
    }
  }

  /** Answers why the event is refused, or undefined when it is taken. Checks run in the order written. */
  refuse(event: UsageEvent): Refusal | undefined {
    if (isReservedSource(event.source)) return { reason: 'reserved_source', detail: event.source }
    const rules = this.#rulesByType.get(event.type)
    if (rules === undefined) return { reason: 'unknown_type', detail: event.type }
    if (event.timeMicros !== undefined) {
      if (event.timeMicros < rules.oldestMicros) return { reason: 'time_too_old' }
      if (event.timeMicros > rules.latestMicros) return { reason: 'time_too_far_ahead' }
    }
    return refuseQuantity(event.quantity, rules) ?? refuseValues(event, rules)
  }
}

function rulesOf(meters: readonly Meter[], arrivalMicros: number): TypeRules {
  const policies = meters.map((meter) => meter.policy)
  const least = (pick: (policy: EventPolicy) => number) => Math.min(...policies.map(pick))
  const maxQuantity = policies
    .map((policy) => policy.maxQuantity)
    .reduce((left, right) => (left.lt(right) ? left : right))
  return {
    oldestMicros: arrivalMicros - least((policy) => policy.maxPastDays) * MICROS_PER_DAY,
    latestMicros: arrivalMicros + least((policy) => policy.maxFutureSeconds) * MICROS_PER_SECOND,
    allowNegative: policies.every((policy) => policy.allowNegative),
    integerOnly: policies.some((policy) => policy.integerOnly),
    maxQuantity,
    maxQuantityNumber: Number(maxQuantity.round(0, 'floor').toString()),
    valueProperties: meters
      .filter((meter) => meter.valueProperty !== undefined)
      .map((meter) => ({ name: meter.valueProperty as string, numeric: readsNumber(meter) })),
  }
}

function refuseQuantity(text: string, rules: TypeRules): Refusal | undefined {
  // Up to 15 digits without sign or point: a number holds it exactly, no decimal is needed.
  if (text.length <= 15 && isDigits(text)) {
    return Number(text) > rules.maxQuantityNumber ? { reason: 'quantity_too_large' } : undefined
  }
  return refuseDecimal(Decimal.parse(text), rules)
}

function refuseDecimal(quantity: Decimal, rules: TypeRules): Refusal | undefined {
  if (quantity.isNegative() && !rules.allowNegative) return { reason: 'quantity_negative' }
  if (!quantity.equals(quantity.round(MAX_DECIMALS, 'down')))
    return { reason: 'quantity_too_precise' }
  if (rules.integerOnly && !quantity.equals(quantity.round(0, 'down'))) {
    return { reason: 'quantity_fractional' }
  }
  return quantity.abs().gt(rules.maxQuantity) ? { reason: 'quantity_too_large' } : undefined
}

function refuseValues(event: UsageEvent, rules: TypeRules): Refusal | undefined {
  for (const { name, numeric } of rules.valueProperties) {
    const value = event.properties?.[name]
    if (value === undefined) return { reason: 'value_missing', detail: name }
    if (!numeric) continue
    const decimal = Decimal.tryParse(value)
    if (decimal === undefined) return { reason: 'value_not_a_number', detail: name }
    const refusal = refuseDecimal(decimal, rules)
    if (refusal !== undefined) return { ...refusal, detail: name }
  }
  return undefined
}

function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 48 || code > 57) return false
  }
  return text.length > 0
}
