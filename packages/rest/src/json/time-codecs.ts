import { create } from '@bufbuild/protobuf'
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt'
import { type LeafCodec, leafCodec } from './leaf-codec.ts'

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/
// google/protobuf/timestamp.proto and duration.proto: years 1 to 9999, and 10,000 years.
const MIN_SECONDS = -62_135_596_800
const MAX_SECONDS = 253_402_300_799
const MAX_DURATION_SECONDS = 315_576_000_000n

/** The instant of an RFC 3339 time; undefined when it is none, or lies outside years 1 to 9999. */
export function parseTime(text: string): Timestamp | undefined {
  const match = TIME.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // Dates such as 30 February move on to the next month instead of failing.
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return undefined
  const [offsetHour, offsetMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)]
  const inRange = (hours: number, minutes: number) => hours <= 23 && minutes <= 59
  if (!inRange(hour, minute) || second > 59 || !inRange(offsetHour, offsetMinute)) return undefined
  const offsetSeconds = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -60 : 60)
  const daySeconds = date.setUTCHours(hour, minute, second) / 1000
  const seconds = daySeconds - offsetSeconds
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: parseFraction(match[7]) })
}

/** RFC 3339 in UTC with `Z` and 0, 3, 6 or 9 digits of a second, as many as are needed. */
export function formatTime({ seconds, nanos }: Timestamp): string {
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${text}${formatFraction(nanos)}Z`
}

export const timestampCodec: LeafCodec = leafCodec({
  expected: 'an RFC 3339 time such as 2026-02-01T00:00:00Z (in a URL the + of an offset is %2B)',
  textKind: 'string',
  decode: (kind, text) => (kind === 'string' ? parseTime(text) : undefined),
  encode: (value) => formatTime(value as Timestamp),
})

/** Seconds with the suffix `s`: `90s`, `-1.5s`. At most 10,000 years. */
export const durationCodec: LeafCodec = leafCodec({
  expected: 'seconds such as "90s" or "1.5s"',
  textKind: 'string',
  decode(kind, text) {
    const match = kind === 'string' && DURATION.exec(text)
    if (!match) return undefined
    const seconds = BigInt(match[2] ?? 0)
    const nanos = parseFraction(match[3])
    if (seconds > MAX_DURATION_SECONDS || (seconds === MAX_DURATION_SECONDS && nanos > 0)) {
      return undefined
    }
    const negative = match[1] === '-'
    return create(DurationSchema, {
      seconds: negative ? -seconds : seconds,
      nanos: negative && nanos > 0 ? -nanos : nanos,
    })
  },
  encode(value) {
    const { seconds, nanos } = value as Duration
    const sign = seconds < 0n || nanos < 0 ? '-' : ''
    return `${sign}${seconds < 0n ? -seconds : seconds}${formatFraction(Math.abs(nanos))}s`
  },
})

function parseFraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(9, '0'))
}

function formatFraction(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  return `.${digits.replace(/(?:000){1,2}$/, '')}`
}
