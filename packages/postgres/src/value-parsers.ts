import pg from 'pg'

type Parser = (text: string) => unknown

/** Object ids of built-in types, from the catalog `pg_type`; they never change. */
const oid = {
  int8: 20,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  int8Array: 1016,
  dateArray: 1182,
  timestampArray: 1115,
  timestamptzArray: 1185,
  numericArray: 1231,
  uuidArray: 2951,
} as const

const asText: Parser = (text) => text

/** Rows repeat instants, such as the ends of billing periods, and parsing one costs more than all else of a row. */
const parsed = new Map<string, Temporal.Instant>()
const MAX_PARSED = 1_000

/**
 * Parses what Postgres writes with DateStyle ISO, e.g. `2026-02-01 00:00:00.5+00`. The years 1 to
 * 9999 only: `infinity` and dates BC throw, as no fact of ours lies there.
 */
export function parseTimestamptz(text: string): Temporal.Instant {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const instant = Temporal.Instant.from(text)
  if (parsed.size >= MAX_PARSED) parsed.clear()
  parsed.set(text, instant)
  return instant
}

const textArray: number = 1009
const parseTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(textArray)

/** One dimension; null elements stay null. */
function arrayOf(parse: Parser): Parser {
  return (text) => parseTextArray(text).map((item) => (item === null ? null : parse(item)))
}

const parsers = new Map<number, Parser>([
  [oid.int8, BigInt],
  [oid.numeric, asText],
  [oid.timestamptz, parseTimestamptz],
  [oid.date, asText],
  [oid.timestamp, asText],
  [oid.interval, asText],
  [oid.int8Array, arrayOf(BigInt)],
  [oid.numericArray, arrayOf(asText)],
  [oid.timestamptzArray, arrayOf(parseTimestamptz)],
  [oid.dateArray, arrayOf(asText)],
  [oid.timestampArray, arrayOf(asText)],
  [oid.uuidArray, arrayOf(asText)],
])

/**
 * How columns arrive in JavaScript: int8 as bigint, numeric as text, timestamptz as
 * Temporal.Instant, date, timestamp and interval as text, json and jsonb parsed, the rest as `pg`
 * does. Handed to each pool, so that the driver's process-wide table stays as it is.
 */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(id)) ??
    pg.types.getTypeParser(id, format ?? 'text'),
}
