import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BillingAnchor,
  billingPeriod,
  billingPeriodsEndingIn,
  wholeBillingPeriod,
} from './billing-period.ts'

const at = (text: string) => Temporal.Instant.from(text)

function anchor(overrides: Partial<BillingAnchor> = {}): BillingAnchor {
  return {
    start: at('2026-01-31T00:00:00Z'),
    timeZone: 'UTC',
    interval: 'month',
    intervalCount: 1,
    alignment: 'anniversary',
    ...overrides,
  }
}

function localStarts(of: BillingAnchor, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    billingPeriod(of, index).start.toZonedDateTimeISO(of.timeZone).toPlainDateTime().toString(),
  )
}

describe('anniversary', () => {
  test('31 January gives 28 February, then 31 March', () => {
    expect(localStarts(anchor(), 4)).toEqual([
      '2026-01-31T00:00:00',
      '2026-02-28T00:00:00',
      '2026-03-31T00:00:00',
      '2026-04-30T00:00:00',
    ])
  })

  test('29 February comes back in leap years', () => {
    const leap = anchor({ start: at('2024-02-29T00:00:00Z'), interval: 'year' })
    expect(localStarts(leap, 5)).toEqual([
      '2024-02-29T00:00:00',
      '2025-02-28T00:00:00',
      '2026-02-28T00:00:00',
      '2027-02-28T00:00:00',
      '2028-02-29T00:00:00',
    ])
  })

  test('keeps the time on the wall through summer time', () => {
    const paris = anchor({ start: at('2026-02-15T08:30:00Z'), timeZone: 'Europe/Paris' })
    expect(localStarts(paris, 3)).toEqual([
      '2026-02-15T09:30:00',
      '2026-03-15T09:30:00',
      '2026-04-15T09:30:00',
    ])
    expect(billingPeriod(paris, 2).start.toString()).toBe('2026-04-15T07:30:00Z')
  })

  test('a start inside the repeated hour is kept to the instant', () => {
    const second = at('2026-10-25T01:30:00Z') // 02:30 in Paris, for the second time that night
    const paris = anchor({ start: second, timeZone: 'Europe/Paris' })
    expect(billingPeriod(paris, 0).start.equals(second)).toBe(true)
  })
})

describe('calendar', () => {
  test('opens with a stub, whose whole period is the month', () => {
    const mid = anchor({ start: at('2026-01-15T12:00:00Z'), alignment: 'calendar' })
    expect(localStarts(mid, 3)).toEqual([
      '2026-01-15T12:00:00',
      '2026-02-01T00:00:00',
      '2026-03-01T00:00:00',
    ])
    expect(wholeBillingPeriod(mid, 0).start.toString()).toBe('2026-01-01T00:00:00Z')
    expect(wholeBillingPeriod(mid, 1)).toEqual(billingPeriod(mid, 1))
  })

  test('quarters count from January, years begin on 1 January', () => {
    const quarter = anchor({ alignment: 'calendar', intervalCount: 3 })
    expect(localStarts(quarter, 3).slice(1)).toEqual(['2026-04-01T00:00:00', '2026-07-01T00:00:00'])
    const year = anchor({ alignment: 'calendar', interval: 'year' })
    expect(localStarts(year, 2).slice(1)).toEqual(['2027-01-01T00:00:00'])
  })

  test('there is no stub when the anchor stands on a bound', () => {
    const first = anchor({ start: at('2026-01-31T23:00:00Z'), timeZone: 'Europe/Paris' })
    const aligned = { ...first, alignment: 'calendar' as const }
    expect(billingPeriod(aligned, 0)).toEqual(wholeBillingPeriod(aligned, 0))
  })
})

const anchors: fc.Arbitrary<BillingAnchor> = fc.record({
  start: fc
    .integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) })
    .map((ms) => Temporal.Instant.fromEpochMilliseconds(ms)),
  timeZone: fc.constantFrom(
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'Africa/Cairo',
    'Asia/Kolkata',
  ),
  interval: fc.constantFrom('month' as const, 'year' as const),
  intervalCount: fc.integer({ min: 1, max: 12 }),
  alignment: fc.constantFrom('calendar' as const, 'anniversary' as const),
})

describe('laws', () => {
  test('periods tile: no gap, no overlap, the first begins at the anchor', () => {
    fc.assert(
      fc.property(anchors, (of) => {
        expect(billingPeriod(of, 0).start.equals(of.start)).toBe(true)
        for (let index = 0; index < 15; index++) {
          const period = billingPeriod(of, index)
          expect(Temporal.Instant.compare(period.start, period.end)).toBe(-1)
          expect(billingPeriod(of, index + 1).start.equals(period.end)).toBe(true)
        }
      }),
    )
  })

  test('windows that tile find every period once, in order', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(anchors, fc.integer({ min: -400, max: 2_000 }), steps, (of, offset, days) => {
        let from = of.start.add({ hours: offset * 24 })
        const first = from
        const found: number[] = []
        for (const step of days) {
          const to = from.add({ hours: step * 24 })
          for (const { index, period } of billingPeriodsEndingIn(of, { start: from, end: to })) {
            expect(period).toEqual(billingPeriod(of, index))
            found.push(index)
          }
          from = to
        }
        const inside = (index: number) => {
          const { end } = billingPeriod(of, index)
          return (
            Temporal.Instant.compare(end, first) > 0 && Temporal.Instant.compare(end, from) <= 0
          )
        }
        const expected = Array.from({ length: 200 }, (_, i) => i).filter(inside)
        expect(found).toEqual(expected)
      }),
    )
  })

  test('the end of a window belongs to it, the start does not', () => {
    const of = anchor()
    const { end } = billingPeriod(of, 3)
    const before = end.subtract({ nanoseconds: 1 })
    const indexes = (start: Temporal.Instant, to: Temporal.Instant) =>
      billingPeriodsEndingIn(of, { start, end: to }).map(({ index }) => index)
    expect(indexes(before, end)).toEqual([3])
    expect(indexes(end, end.add({ hours: 1 }))).toEqual([])
  })
})
