import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime, parseTime } from './time-codecs.ts'

const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999

test('agrees with Date on every day and time, in every offset', () => {
  const ms = fc.integer({ min: FIRST_MS + 86_400_000, max: LAST_MS - 86_400_000 })
  const offsetMinutes = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
  fc.assert(
    fc.property(ms, offsetMinutes, (epochMs, minutes) => {
      const local = new Date(epochMs + minutes * 60_000).toISOString().slice(0, -1)
      const [sign, abs] = minutes < 0 ? ['-', -minutes] : ['+', minutes]
      const pad = (value: number) => String(value).padStart(2, '0')
      const time = parseTime(`${local}${sign}${pad(Math.floor(abs / 60))}:${pad(abs % 60)}`)
      expect(time && Number(time.seconds) * 1000 + time.nanos / 1_000_000).toBe(epochMs)
      expect(time && Date.parse(formatTime(time))).toBe(epochMs)
    }),
    { numRuns: 2000 },
  )
})

test('takes exactly the days that the calendar has', () => {
  for (const year of ['0004', '0100', '1900', '2000', '2024', '2025', '9999']) {
    for (let month = 0; month <= 13; month++) {
      for (let day = 0; day <= 32; day++) {
        const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
        const utc = new Date(0)
        utc.setUTCFullYear(Number(year), month - 1, day)
        const exists = utc.toISOString().startsWith(date)
        const seconds = parseTime(`${date}T00:00:00Z`)?.seconds
        expect(seconds, date).toBe(exists ? BigInt(utc.getTime() / 1000) : undefined)
      }
    }
  }
})
