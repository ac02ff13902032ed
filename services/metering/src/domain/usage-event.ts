/**
 * One parsed usage event, before the policies of the meters are applied.
 * `quantity` is a plain decimal number as text; `timeMicros` counts microseconds since 1970 (UTC),
 * undefined when the event leaves it to the arrival; `propertiesJson` is the JSON text of a flat
 * object of strings, undefined without properties.
 */
export type UsageEvent = {
  id: string
  source: string
  type: string
  subject: string
  timeMicros: number | undefined
  quantity: string
  properties: Readonly<Record<string, string>> | undefined
}

/** Source of an event that names none. */
export const DEFAULT_SOURCE = 'api'

/** Sources of what limits admitted: consumed, or reported of reservations and leases. Their rows are not ingested. */
const reservedSources: ReadonlySet<string> = new Set(['consume', 'reservation', 'lease'])

/** Whether events of this source are written by limits alone. */
export function isReservedSource(source: string): boolean {
  return reservedSources.has(source)
}

/** Quantity of an event that names none. */
export const DEFAULT_QUANTITY = '1'

/** Stable reasons for refusing one event, each with its sentence for people. */
export const refusalMessages = {
  invalid_json: 'the line is not valid JSON',
  invalid_event: 'the event does not follow the contract',
  line_too_long: 'the line is longer than 65,536 bytes',
  reserved_source: 'the source is reserved for usage that limits admitted',
  unknown_type: 'no meter reads events of this type; create the meter first',
  time_too_old: 'the event lies further in the past than its meter allows (max_past_days)',
  time_too_far_ahead:
    'the event lies further in the future than its meter allows (max_future_seconds)',
  quantity_negative:
    'the quantity is below zero and its meter does not allow that (allow_negative)',
  quantity_fractional:
    'the quantity has a fraction and its meter takes whole numbers (integer_only)',
  quantity_too_large: 'the quantity is greater than its meter allows (max_quantity)',
  quantity_too_precise: 'the quantity has more than 18 decimals',
  value_missing: 'the event lacks the property that its meter reads (value_property)',
  value_not_a_number: 'the property that its meter reads is not a plain decimal number',
} as const

/** Stable reason for refusing one event. */
export type RefusalReason = keyof typeof refusalMessages

/** Why one event was refused; `detail` narrows the sentence of the reason, for people. */
export type Refusal = { reason: RefusalReason; detail?: string }
