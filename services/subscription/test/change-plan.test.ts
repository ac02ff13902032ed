import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BillingCalendar } from '../src/domain/billing-calendar.ts'
import { changePlan } from '../src/domain/change-plan.ts'
import { setSeats } from '../src/domain/set-seats.ts'
import type { Subscription } from '../src/domain/subscription.ts'
import { subscription, subscriptions } from './subscription-fixture.ts'

const at = (text: string) => Temporal.Instant.from(text)
const now = at('2026-02-15T12:00:00Z')
const team = { planKey: 'team', version: 3, intervalUnit: 'year', intervalCount: 2 } as const
const change = (from: Subscription, seats?: number, plan: typeof team = team, when = now) =>
  changePlan(from, { subscriptionId: 'sub_2', plan, seats }, when)

describe('a change', () => {
  test('ends one now and starts the other at that instant, with what it had but the plan', () => {
    const running = subscription({ alignment: 'anniversary', timeZone: 'Africa/Cairo', seats: 7 })
    expect(change(running)).toEqual({
      ended: { ...running, status: 'canceled', endAt: now },
      started: {
        ...running,
        subscriptionId: 'sub_2',
        planKey: 'team',
        planVersion: 3,
        intervalUnit: 'year',
        intervalCount: 2,
        startAt: now,
        createdAt: now,
      },
    })
    expect(change(running, 9).started.seats).toBe(9)
  })

  test('of a subscription that is to come happens at its start', () => {
    const startAt = at('2026-03-01T00:00:00Z')
    const { ended, started } = change(subscription({ startAt }))
    expect([ended.endAt, started.startAt]).toEqual([startAt, startAt])
  })

  test('is refused to the version it is on, and for a canceled one', () => {
    const same = { ...team, planKey: 'pro', version: 1 } as unknown as typeof team
    expect(() => change(subscription(), undefined, same)).toThrow(
      expect.objectContaining({ code: 'subscription.already_active' }),
    )
    const canceled = subscription({ status: 'canceled', endAt: at('2026-12-01T00:00:00Z') })
    expect(() => change(canceled)).toThrow(
      expect.objectContaining({ code: 'subscription.not_active' }),
    )
  })
})

test('law: however often the plan changes, each day is billed once, and no instant twice', () => {
  const changes = fc.array(fc.integer({ min: 0, max: 24 * 90 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(subscriptions, changes, (given, gaps) => {
      const whole: Subscription = { ...given, status: 'active', endAt: undefined }
      const { parts, last } = split(whole, gaps)
      const window = { start: given.startAt.subtract({ hours: 24 }), end: last.add({ hours: 24 }) }
      const end = { status: 'canceled' as const, endAt: last }
      const unchanged = daysOf({ ...whole, ...end }, window)
      const pieces = parts.map((part) => (part.endAt ? part : { ...part, ...end }))
      const days = pieces.map((part) => daysOf(part, window))
      expect(days.reduce((sum, each) => sum + each, 0)).toBe(unchanged)
      for (const [index, part] of pieces.entries()) {
        expect(part.endAt).toEqual(pieces[index + 1]?.startAt ?? last)
      }
    }),
  )
})

/** One subscription after the other, with so many hours between the changes; ends as long after. */
function split(first: Subscription, gapsHours: number[]) {
  const parts: Subscription[] = []
  let running = first
  let present = first.startAt
  for (const [index, hours] of gapsHours.entries()) {
    present = present.add({ hours })
    const { intervalUnit, intervalCount } = first
    const plan = { planKey: `plan-${index}`, version: 1, intervalUnit, intervalCount }
    const to = { subscriptionId: `sub_${index}`, plan, seats: undefined }
    const { ended, started } = changePlan(running, to, present)
    parts.push(ended)
    running = started
  }
  return { parts: [...parts, running], last: present.add({ hours: gapsHours.at(-1) ?? 0 }) }
}

function daysOf(of: Subscription, window: { start: Temporal.Instant; end: Temporal.Instant }) {
  const due = new BillingCalendar(window).duePeriods(of)
  return due.reduce((sum, { billableDays }) => sum + billableDays, 0)
}

describe('seats', () => {
  test('are set in all, and until the end of a canceled one', () => {
    const running = subscription({ status: 'canceled', endAt: at('2026-02-16T00:00:00Z') })
    expect(setSeats(running, 5, now).seats).toBe(5)
    expect(setSeats(running, 1, now)).toBe(running)
  })

  test('of one that has ended stay', () => {
    const ended = subscription({ status: 'canceled', endAt: now })
    expect(() => setSeats(ended, 5, now)).toThrow(
      expect.objectContaining({ code: 'subscription.not_active' }),
    )
  })
})
