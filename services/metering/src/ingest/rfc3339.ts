const MICROS_PER_SECOND = 1_000_000
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/**
 * Parses an RFC 3339 time to microseconds since 1970 (UTC); digits below a microsecond are dropped.
 * Answers undefined for anything else, impossible dates and leap seconds included.
 */
export function parseRfc3339Micros(text: string): number | undefined {
  return parseCommonForm(text) ?? parseAnyForm(text)
}

/** The form that nearly every client sends, `2026-02-26T22:18:10Z`, without a regular expression. */
function parseCommonForm(text: string): number | undefined {
  if (text.length !== 20 || text.charCodeAt(19) !== 90 || text.charCodeAt(10) !== 84)
    return undefined
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  return toMicros(
    [year, twoDigits(text, 5), twoDigits(text, 8)],
    [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)],
  )
}

function parseAnyForm(text: string): number | undefined {
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] =
    match
  const utcMicros = toMicros(
    [Number(year), Number(month), Number(day)],
    [Number(hour), Number(minute), Number(second)],
  )
  if (utcMicros === undefined) return undefined
  const micros = utcMicros + Number(fraction.padEnd(6, '0').slice(0, 6))
  if (sign === undefined) return micros
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
  const offsetSeconds = Number(offsetHour) * 3600 + Number(offsetMinute) * 60
  return micros - (sign === '-' ? -1 : 1) * offsetSeconds * MICROS_PER_SECOND
}

/** NaN when the two characters are not digits, which fails every range check below. */
function twoDigits(text: string, offset: number): number {
  const tens = text.charCodeAt(offset) - 48
  const ones = text.charCodeAt(offset + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function toMicros(
  [year, month, day]: [number, number, number],
  [hour, minute, second]: [number, number, number],
): number | undefined {
  const inRange =
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59
  if (!inRange) return undefined
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return seconds * MICROS_PER_SECOND
}

function daysInMonth(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] as number)
}

/** Days since 1970-01-01. Source: H. Hinnant, "chrono-compatible low-level date algorithms". */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
