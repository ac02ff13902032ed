import type { Decimal } from '@purser/kernel'

/** How the events of a period become one quantity; see the contract's `Aggregation`. */
export type Aggregation = 'count' | 'sum' | 'max' | 'unique_count' | 'latest'

/** Which events a meter refuses. */
export type EventPolicy = {
  /** Oldest event taken, in days before arrival. */
  maxPastDays: number
  /** Furthest event taken, in seconds after arrival. */
  maxFutureSeconds: number
  allowNegative: boolean
  integerOnly: boolean
  /** Greatest absolute quantity of one event. */
  maxQuantity: Decimal
}

/** What is counted. */
export type Meter = {
  meterKey: string
  name: string
  eventType: string
  aggregation: Aggregation
  /** Property that holds the value; undefined reads the event's own quantity. */
  valueProperty: string | undefined
  /** Properties by which usage may be grouped. */
  dimensions: readonly string[]
  policy: EventPolicy
  unit: string
  createdAt: Temporal.Instant
}

/** Whether the meter needs a number in every event: count and unique count take anything. */
export function readsNumber(meter: Pick<Meter, 'aggregation'>): boolean {
  return meter.aggregation !== 'count' && meter.aggregation !== 'unique_count'
}
