import { allocate, Decimal } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lateUsageAdjustment } from './adjustment.ts'
import { ratingPolicies } from './policy.ts'
import { prorateByDay } from './proration.ts'
import { roundAmount, subtotalMinor } from './round-amount.ts'
import { int } from './rating-fixtures.ts'

const dec = Decimal.parse
const policy = ratingPolicies.standard_v1

describe('proration by day', () => {
  test('a stub costs its share of the whole period', () => {
    expect(prorateByDay(int(910), 32, 91).toString()).toBe('320')
    expect(prorateByDay(int(10), 0, 30).toString()).toBe('0')
    expect(prorateByDay(dec('9.99'), 31, 31).toString()).toBe('9.99')
    expect(prorateByDay(int(1), 17, 31).round(11, 'half_away_from_zero').toString()).toBe(
      '0.54838709677',
    )
  })

  test('days outside the period are a bug', () => {
    expect(() => prorateByDay(int(1), 32, 31)).toThrow('within the period')
    expect(() => prorateByDay(int(1), -1, 31)).toThrow('within the period')
    expect(() => prorateByDay(int(1), 0, 0)).toThrow('at least one day')
  })

  test('rounds to the same cent as the exact fraction', () => {
    const cents = fc.bigInt({ min: 0n, max: 10n ** 15n })
    fc.assert(
      fc.property(cents, fc.integer({ min: 1, max: 366 }), fc.nat(366), (amount, days, some) => {
        const billable = Math.min(days, some)
        const prorated = prorateByDay(Decimal.fromBigInt(amount, 2), billable, days)
        // Half away from zero on the fraction itself: floor((2 n + d) / 2 d).
        const twice = 2n * amount * BigInt(billable) + BigInt(days)
        expect(roundAmount(prorated, 'USD', policy)).toBe(twice / (2n * BigInt(days)))
      }),
    )
  })
})

describe('rounding to money', () => {
  test.each([
    ['99999999.999', 'USD', 10_000_000_000n],
    ['0.005', 'USD', 1n],
    ['-0.005', 'USD', -1n],
    ['0.00499999999999999999999', 'USD', 0n],
    ['1200.5', 'JPY', 1201n],
    ['0.0005', 'KWD', 1n],
  ])('%s %s is %s minor units', (amount, currency, minor) => {
    expect(roundAmount(dec(amount), currency, policy)).toBe(minor)
  })

  test('lines are rounded before they are added', () => {
    const lines = ['0.011', '0.012', '0.013', '0.014', '0.015'].map(dec)
    expect(subtotalMinor(lines, 'USD', policy)).toBe(6n)
    expect(subtotalMinor([], 'USD', policy)).toBe(0n)
  })

  test('parts of a rounded amount add up to it', () => {
    expect(
      allocate(roundAmount(dec('10.005'), 'USD', policy), [1n, 1n]).reduce((a, b) => a + b),
    ).toBe(1001n)
  })
})

describe('late usage', () => {
  test('is charged by difference, and once', () => {
    const charge = lateUsageAdjustment({ ratedNow: 500n, billedSoFar: 100n })
    expect(charge).toBe(400n)
    expect(lateUsageAdjustment({ ratedNow: 500n, billedSoFar: 100n + charge })).toBe(0n)
  })

  test('less usage than billed gives money back', () => {
    expect(lateUsageAdjustment({ ratedNow: 100n, billedSoFar: 500n })).toBe(-400n)
  })
})
