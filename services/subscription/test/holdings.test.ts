import { describe, expect, test } from 'vitest'
import { type Holding, Holdings } from '../src/domain/holdings.ts'
import { subscription } from './subscription-fixture.ts'

const at = (text: string) => Temporal.Instant.from(text)
const end = at('2026-03-10T00:00:00Z')
const justBefore = at('2026-03-09T23:59:59.999999Z')

const holding = (fields: Partial<Holding> = {}): Holding => ({
  accountId: 'acct-1',
  planKey: 'pro',
  meterKeys: ['calls', 'storage'],
  endAt: undefined,
  ...fields,
})

describe('a holding of the account', () => {
  test('excludes its plan and its meters while it is open, whenever the new one starts', () => {
    const holdings = new Holdings([holding()])
    for (const startAt of [at('2020-01-01T00:00:00Z'), at('2030-01-01T00:00:00Z')]) {
      expect(holdings.isOnPlan(subscription({ startAt }))).toBe(true)
      const other = subscription({ startAt, planKey: 'other' })
      expect(holdings.isOnPlan(other)).toBe(false)
      expect(holdings.pricedMeters(other, ['storage', 'seats'])).toEqual(['storage'])
    }
  })

  test('excludes them until its end, not from there on', () => {
    const holdings = new Holdings([holding({ endAt: end })])
    expect(holdings.isOnPlan(subscription({ startAt: justBefore }))).toBe(true)
    expect(holdings.pricedMeters(subscription({ startAt: justBefore }), ['calls'])).toEqual([
      'calls',
    ])
    expect(holdings.isOnPlan(subscription({ startAt: end }))).toBe(false)
    expect(holdings.pricedMeters(subscription({ startAt: end }), ['calls'])).toEqual([])
  })

  test('counts once it is added', () => {
    const holdings = new Holdings([])
    const first = subscription()
    expect(holdings.isOnPlan(first)).toBe(false)
    holdings.add(first, ['calls'])
    expect(holdings.isOnPlan(first)).toBe(true)
    expect(holdings.pricedMeters(subscription({ planKey: 'other' }), ['calls'])).toEqual(['calls'])
  })
})

test('a holding of another account excludes nothing', () => {
  const holdings = new Holdings([holding({ accountId: 'acct-2' })])
  expect(holdings.isOnPlan(subscription())).toBe(false)
  expect(holdings.pricedMeters(subscription(), ['calls'])).toEqual([])
})
