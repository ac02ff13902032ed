import { isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BillingCalendar } from '../src/domain/billing-calendar.ts'
import { cancel } from '../src/domain/cancel.ts'
import type { Subscription } from '../src/domain/subscription.ts'
import { subscription, subscriptions } from './subscription-fixture.ts'

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
    const attempt = () => cancel(subscription({ startAt: at(start) }), at(end), now)
    const fields = [expect.objectContaining({ field: 'end_time' })]
    expect(attempt).toThrow(expect.objectContaining({ code: 'request.invalid', fields }))
  })
})

test('canceling again changes nothing, whatever end is named', () => {
  const canceled = cancel(subscription(), undefined, now)
  expect(cancel(canceled, at('2026-06-01T00:00:00Z'), now)).toBe(canceled)
})

test('law: a cancel never changes a period that has ended', () => {
  const cancels = fc.tuple(subscriptions, fc.nat(10_000), fc.integer({ min: -400, max: 400 }))
  fc.assert(
    fc.property(cancels, ([given, age, days]) => {
      const open = { ...given, status: 'active' as const, endAt: undefined }
      const present = open.startAt.add({ hours: age })
      const canceled = cancelUnlessRefused(open, present.add({ hours: 24 * days }), present)
      const past = new BillingCalendar({ start: at('2000-01-01T00:00:00Z'), end: present })
      expect(past.duePeriods(canceled).slice(0, past.duePeriods(open).length)).toEqual(
        past.duePeriods(open),
      )
    }),
  )
})

function cancelUnlessRefused(of: Subscription, end: Temporal.Instant, present: Temporal.Instant) {
  try {
    return cancel(of, end, present)
  } catch (error) {
    if (isPurserError(error)) return of
    throw error
  }
}
