import { readsNumber, type Aggregation, type Meter } from '../domain/meter.ts'

/**
 * The SQL of what a meter reads from an event and of how it aggregates, chosen from this closed set by the
 * meter's kind. The name of the property travels as a parameter, so no text of a caller ever becomes SQL.
 */

/** Where a meter's value stands in a row. */
export type ValueSource = 'quantity' | 'numeric_property' | 'text_property'

/** Where this meter's value stands. */
function valueSource(meter: Pick<Meter, 'aggregation' | 'valueProperty'>): ValueSource {
  if (meter.valueProperty === undefined || meter.aggregation === 'count') return 'quantity'
  return readsNumber(meter) ? 'numeric_property' : 'text_property'
}

/** Parameters that the SQL of the value needs beyond the statement's own: the property, or none. */
export function valueParameters(meter: Meter): string[] {
  return valueSource(meter) === 'quantity' ? [] : [meter.valueProperty as string]
}

/** The value of event `e` as SQL; `parameter` is the position of the property, such as `$7`. */
export function valueSql(source: ValueSource, parameter: `$${number}`): string {
  const text = `e.properties ->> ${parameter}::text`
  switch (source) {
    case 'quantity':
      return 'trim_scale(e.quantity)'
    case 'numeric_property':
      // What `Decimal.tryParse` takes, and so what the reference aggregation counts; Postgres reads more.
      return `case when ${text} ~ '^-?[0-9]+([.][0-9]+)?$' and length(${text}) <= 100
        then (${text})::numeric end`
    case 'text_property':
      return text
  }
}

/** The aggregate of column `value` as SQL, a numeric. `latest` breaks ties by (time, source, id). */
export const aggregateSql = {
  count: 'count(*)::numeric',
  sum: 'coalesce(sum(value), 0)',
  max: 'coalesce(max(value), 0)',
  unique_count: 'count(distinct value)::numeric',
  latest: `coalesce(
    (array_agg(value order by time desc, source desc, event_id desc) filter (where value is not null))[1], 0)`,
} as const satisfies Record<Aggregation, string>

const SOURCES = ['quantity', 'numeric_property', 'text_property'] as const

/** Makes one thing for every kind of meter that exists, so that statements are prepared once. */
export function forEachMeterKind<T>(
  make: (aggregation: Aggregation, source: ValueSource) => T,
): (meter: Meter) => T {
  const made = new Map<string, T>()
  for (const aggregation of Object.keys(aggregateSql) as Aggregation[]) {
    for (const source of SOURCES) {
      if (source === 'text_property' && aggregation !== 'unique_count') continue
      made.set(`${aggregation}/${source}`, make(aggregation, source))
    }
  }
  return (meter) => made.get(`${meter.aggregation}/${valueSource(meter)}`) as T
}
