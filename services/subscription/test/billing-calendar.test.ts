import { billingPeriodsEndingIn, calendarDays, periodContains } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BillingCalendar, currentPeriod } from '../src/domain/billing-calendar.ts'
import { billingAnchor, type Subscription } from '../src/domain/subscription.ts'
import { instants, subscription, subscriptions } from './subscription-fixture.ts'

const at = (text: string) => Temporal.Instant.from(text)

const due = (of: Subscription, start: Temporal.Instant, end: Temporal.Instant) =>
  new BillingCalendar({ start, end }).duePeriods(of)

const texts = (periods: { start: Temporal.Instant; end: Temporal.Instant }[]) =>
  periods.map(({ start, end }) => `${start} ${end}`)

describe('due periods', () => {
  test('of one that never began are none', () => {
    const start = at('2026-01-10T00:00:00Z')
    const never = subscription({ startAt: start, endAt: start, status: 'canceled' })
    expect(due(never, start.subtract({ hours: 1 }), start.add({ hours: 1_000 }))).toEqual([])
  })

  test('of one that ended on a bound have no empty rest', () => {
    const ended = subscription({ endAt: at('2026-02-01T00:00:00Z'), status: 'canceled' })
    expect(texts(due(ended, at('2026-01-15T00:00:00Z'), at('2026-06-01T00:00:00Z')))).toEqual([
      '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z',
    ])
  })

  test('begun and ended on one day bill no day, on the day after one', () => {
    const days = (endAt: string) => {
      const short = { startAt: at('2026-01-05T09:00:00Z'), endAt: at(endAt) }
      const [period] = due(
        subscription(short),
        at('2026-01-01T00:00:00Z'),
        at('2026-02-01T00:00:00Z'),
      )
      return `${period?.billableDays}/${period?.periodDays}`
    }
    expect(days('2026-01-05T17:00:00Z')).toBe('0/31')
    expect(days('2026-01-06T08:00:00Z')).toBe('1/31')
  })
})

test('a subscription that starts late hides no periods of those that share its calendar', () => {
  const calendar = new BillingCalendar({
    start: at('2026-01-01T00:00:00Z'),
    end: at('2026-03-01T00:00:00Z'),
  })
  const late = subscription({ startAt: at('2026-02-10T00:00:00Z') })
  expect(texts(calendar.duePeriods(late))).toEqual(['2026-02-10T00:00:00Z 2026-03-01T00:00:00Z'])
  expect(texts(calendar.duePeriods(subscription()))).toEqual([
    '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z',
    '2026-02-01T00:00:00Z 2026-03-01T00:00:00Z',
  ])
})

describe('laws', () => {
  const someSubscriptions = fc.array(subscriptions, { minLength: 1, maxLength: 20 })

  test('an open subscription has the periods of its anchor, whoever shares the calendar', () => {
    const days = fc.integer({ min: 1, max: 800 })
    fc.assert(
      fc.property(someSubscriptions, instants, days, (all, start, length) => {
        const window = { start, end: start.add({ hours: 24 * length }) }
        const calendar = new BillingCalendar(window)
        for (const canceled of all) {
          const open = { ...canceled, endAt: undefined }
          const expected = billingPeriodsEndingIn(billingAnchor(open), window)
          expect(texts(calendar.duePeriods(open))).toEqual(texts(expected.map((e) => e.period)))
        }
      }),
    )
  })

  test('windows that tile find periods that tile: from the start to the end, no day lost', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 15 })
    fc.assert(
      fc.property(subscriptions, steps, (of, lengths) => {
        let from = of.startAt
        const found = lengths.flatMap((length) => {
          const until = from.add({ hours: 24 * length })
          const periods = due(of, from, until)
          from = until
          return periods
        })
        const ends = [of.startAt, ...found.map(({ end }) => end)].map(String)
        expect(found.map(({ start }) => String(start))).toEqual(ends.slice(0, -1))
        const isOver = of.endAt && Temporal.Instant.compare(of.endAt, from) <= 0
        if (isOver) expect(ends.at(-1)).toBe(String(of.endAt))
        const last = found.at(-1)
        if (!last) return
        const days = found.reduce((sum, { billableDays }) => sum + billableDays, 0)
        expect(days).toBe(calendarDays({ start: of.startAt, end: last.end }, of.timeZone))
        for (const { billableDays, periodDays } of found) {
          expect(billableDays).toBeLessThanOrEqual(periodDays)
        }
      }),
    )
  })

  test('the current period holds the present and becomes due', () => {
    fc.assert(
      fc.property(subscriptions, fc.integer({ min: -100, max: 5_000 }), (of, days) => {
        const now = of.startAt.add({ hours: 24 * days })
        const period = currentPeriod(of, now)
        const isRunning =
          days >= 0 && (of.endAt === undefined || Temporal.Instant.compare(now, of.endAt) < 0)
        expect(period !== undefined).toBe(isRunning)
        if (!period) return
        expect(periodContains(period, now)).toBe(true)
        expect(texts(due(of, now, period.end))).toEqual(texts([period]))
      }),
    )
  })
})
