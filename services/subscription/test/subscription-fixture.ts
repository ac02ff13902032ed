import fc from 'fast-check'
import type { Subscription } from '../src/domain/subscription.ts'

/** A monthly subscription from the first of January 2026, UTC, with other fields as told. */
export function subscription(fields: Partial<Subscription> = {}): Subscription {
  return {
    subscriptionId: 'sub_1',
    accountId: 'acct-1',
    planKey: 'pro',
    planVersion: 1,
    status: 'active',
    startAt: Temporal.Instant.from('2026-01-01T00:00:00Z'),
    endAt: undefined,
    alignment: 'calendar',
    seats: 1,
    timeZone: 'UTC',
    intervalUnit: 'month',
    intervalCount: 1,
    createdAt: Temporal.Instant.from('2026-01-01T00:00:00Z'),
    ...fields,
  }
}

/** Instants of this century, to the minute. */
export const instants = fc
  .integer({ min: Date.UTC(2010, 0) / 60_000, max: Date.UTC(2040, 0) / 60_000 })
  .map((minutes) => Temporal.Instant.fromEpochMilliseconds(minutes * 60_000))

const zones = ['UTC', 'Europe/Warsaw', 'America/New_York', 'Africa/Cairo', 'Pacific/Auckland']

/** Subscriptions of every schedule, some of them canceled up to ten years after their start. */
export const subscriptions: fc.Arbitrary<Subscription> = fc
  .record({
    startAt: instants,
    minutes: fc.option(fc.integer({ min: 0, max: 10 * 366 * 1_440 })),
    alignment: fc.constantFrom('calendar' as const, 'anniversary' as const),
    timeZone: fc.constantFrom(...zones),
    intervalUnit: fc.constantFrom('month' as const, 'year' as const),
    intervalCount: fc.integer({ min: 1, max: 13 }),
  })
  .map(({ minutes, ...schedule }) => {
    if (minutes === null) return subscription(schedule)
    const endAt = schedule.startAt.add({ minutes })
    return subscription({ ...schedule, status: 'canceled', endAt })
  })
