import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BillingCalendar, currentPeriod } from '../src/domain/billing-calendar.ts'
import { cancel } from '../src/domain/cancel.ts'
import { instants, subscription, subscriptions } from './subscription-fixture.ts'

const at = (text: string) => Temporal.Instant.from(text)
const now = at('2026-02-15T12:00:00Z')

describe('an end', () => {
  test.each([
    ['now when none is named', '2026-01-01T00:00:00Z', undefined, '2026-02-15T12:00:00Z'],
    ['the start when that is to come', '2026-03-01T00:00:00Z', undefined, '2026-03-01T00:00:00Z'],
    ['any later instant', '2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z'],
    [
      'as early as the period',
      '2026-01-01T00:00:00Z',
      '2026-02-01T00:00:00Z',
      '2026-02-01T00:00:00Z',
    ],
    [
      'as early as the start',
      '2026-02-10T00:00:00Z',
      '2026-02-10T00:00:00Z',
      '2026-02-10T00:00:00Z',
    ],
  ])('is %s', (_name, start, end, expected) => {
    const canceled = cancel(subscription({ startAt: at(start) }), end ? at(end) : undefined, now)
    expect(canceled.status).toBe('canceled')
    expect(canceled.endAt?.toString()).toBe(expected)
  })

  test.each([
    ['before the current period', '2026-01-01T00:00:00Z', '2026-01-31T23:59:59Z'],
    ['before the start', '2026-02-10T00:00:00Z', '2026-02-09T23:59:59Z'],
    ['before a start to come', '2026-03-01T00:00:00Z', '2026-02-20T00:00:00Z'],
  ])('is refused %s', (_name, start, end) => {
    const refused = { code: 'request.invalid', fields: [{ field: 'end_time' }] }
    const attempt = () => cancel(subscription({ startAt: at(start) }), at(end), now)
    expect(attempt).toThrow(expect.objectContaining({ code: refused.code }))
  })
})

test('canceling again changes nothing, whatever end is named', () => {
  const canceled = cancel(subscription(), undefined, now)
  expect(cancel(canceled, at('2026-06-01T00:00:00Z'), now)).toBe(canceled)
})

test('law: a cancel never changes a period that has ended', () => {
  fc.assert(
    fc.property(subscriptions, instants, instants, (given, present, end) => {
      const open = { ...given, status: 'active' as const, endAt: undefined }
      let canceled: typeof given
      try {
        canceled = cancel(open, end, present)
      } catch {
        return
      }
      const period = currentPeriod(open, present)
      const past = { start: open.startAt.subtract({ hours: 1 }), end: period?.start ?? present }
      fc.pre(period !== undefined && Temporal.Instant.compare(past.start, past.end) < 0)
      const before = new BillingCalendar(past).duePeriods(open)
      expect(new BillingCalendar(past).duePeriods(canceled)).toEqual(before)
    }),
  )
})
