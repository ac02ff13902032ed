import { create } from '@bufbuild/protobuf'
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt'
import { type LeafCodec, leafCodec } from './leaf-codec.ts'

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/
// google/protobuf/timestamp.proto and duration.proto: years 1 to 9999, and 10,000 years.
const MIN_SECONDS = -62_135_596_800
const MAX_SECONDS = 253_402_300_799
const MONTH_LENGTHS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MAX_DURATION_SECONDS = 315_576_000_000n

/** The instant of an RFC 3339 time; undefined when it is none, or lies outside years 1 to 9999. */
export function parseTime(text: string): Timestamp | undefined {
  if (!TIME.test(text)) return undefined
  const days = parseDays(text)
  const clock = parseClock(text, 11)
  const second = twoDigits(text, 17)
  const offset = /[Zz]$/.test(text) ? 0 : parseOffset(text)
  if (days === undefined || clock === undefined || second > 59 || offset === undefined) {
    return undefined
  }
  const seconds = days * 86_400 + clock + second - offset
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined
  const fraction = text.charCodeAt(19) === 0x2e ? /\d+/.exec(text.slice(20))?.[0] : undefined
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos: parseFraction(fraction) })
}

/** Days since 1970-01-01; undefined for a day that its month does not have. */
function parseDays(text: string): number | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const length = month === 2 && isLeap ? 29 : (MONTH_LENGTHS[month] ?? 0)
  if (day < 1 || day > length) return undefined
  // Counted from 1 March of the year 0, so that a leap day ends its year.
  const march = month > 2 ? month - 3 : month + 9
  const marchYear = month > 2 ? year : year - 1
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((153 * march + 2) / 5) + day - 1 - 719_468
}

/** Seconds of `HH:MM` at a position; undefined when there is no such time. */
function parseClock(text: string, at: number): number | undefined {
  const hour = twoDigits(text, at)
  const minute = twoDigits(text, at + 3)
  return hour > 23 || minute > 59 ? undefined : hour * 3600 + minute * 60
}

function parseOffset(text: string): number | undefined {
  const seconds = parseClock(text, text.length - 5)
  return seconds !== undefined && text.at(-6) === '-' ? -seconds : seconds
}

function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 0x30 * 11
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
