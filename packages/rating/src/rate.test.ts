import { Decimal } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findRatingPolicy, ratingPolicies } from './policy.ts'
import type { PackagePrice, Price } from './price.ts'
import { rate } from './rate.ts'
import { packageCount } from './rate-package.ts'
import type { Usage } from './rating.ts'
import { ratingToJson } from './rating-json.ts'
import { int, splits, tier } from './rating-fixtures.ts'

const dec = Decimal.parse
const credit = { ...ratingPolicies.standard_v1, negativeUsage: 'credit' } as const
const perUnit = { model: 'per_unit', unitAmount: int(10) } as const

function amountOf(
  price: Price,
  usage: Partial<Usage>,
  policy = findRatingPolicy('standard_v1'),
): string {
  return rate(price, { quantity: int(1), ...usage }, policy).amount.toString()
}

describe('per unit', () => {
  test('is exact far below the cent', () => {
    const tiny = { model: 'per_unit', unitAmount: dec('0.00000000000001') } as const
    expect(amountOf(tiny, { quantity: int(1_000_000) })).toBe('0.00000001')
  })

  test('free units of the period are used up by the slices in order', () => {
    const price = { ...perUnit, freeQuantity: int(110) }
    expect(amountOf(price, { quantity: int(100) })).toBe('0')
    expect(amountOf(price, { quantity: int(25), priorQuantity: int(100) })).toBe('150')
    expect(amountOf(price, { quantity: int(30), priorQuantity: int(125) })).toBe('300')
  })

  test('a price per three units keeps 20 decimals of an endless quotient', () => {
    const price = { model: 'per_unit', unitAmount: int(1), unitsPerPrice: int(3) } as const
    expect(amountOf(price, {})).toBe(`0.${'3'.repeat(20)}`)
    expect(amountOf(price, { quantity: int(6) })).toBe('2')
  })
})

describe('flat', () => {
  const positions = ['whole_period', 'first_split', 'middle_split', 'last_split'] as const
  test.each([
    ['in_advance', ['100', '100', '0', '0']],
    ['in_arrears', ['100', '0', '0', '100']],
  ] as const)('%s is billed once in a split period', (paymentTerm, expected) => {
    const price = { model: 'flat', amount: int(100), paymentTerm } as const
    expect(positions.map((position) => amountOf(price, { position }))).toEqual(expected)
  })

  test('follows neither the quantity nor its sign', () => {
    const price = { model: 'flat', amount: int(100) } as const
    expect(amountOf(price, { quantity: int(-7) }, credit)).toBe('100')
  })
})

describe('package', () => {
  const price: PackagePrice = {
    model: 'package',
    packageSize: int(10),
    packageAmount: int(15),
    freeQuantity: int(0),
    rounding: 'up',
  }

  test.each([
    ['0', '0', '0'],
    ['0.5', '1', '0'],
    ['10', '1', '1'],
    ['11', '2', '1'],
    ['121', '13', '12'],
  ])('%s units are %s packages begun and %s completed', (quantity, up, down) => {
    expect(packageCount(price, dec(quantity)).toString()).toBe(up)
    expect(packageCount({ ...price, rounding: 'down' }, dec(quantity)).toString()).toBe(down)
  })

  test('free units come first', () => {
    expect(amountOf({ ...price, freeQuantity: int(10) }, { quantity: int(121) })).toBe('180')
    expect(amountOf({ ...price, freeQuantity: int(200) }, { quantity: int(121) })).toBe('0')
  })

  test('a package begun in an earlier slice is not billed again', () => {
    expect(amountOf(price, { quantity: int(5), priorQuantity: int(17) })).toBe('15')
    expect(amountOf(price, { quantity: int(3), priorQuantity: int(17) })).toBe('0')
  })

  test('slices of a period add up', () => {
    fc.assert(
      fc.property(splits, fc.constantFrom('up' as const, 'down' as const), (parts, rounding) => {
        const of = { ...price, rounding, freeQuantity: int(4) }
        let prior = Decimal.zero
        let sum = Decimal.zero
        for (const quantity of parts) {
          sum = sum.plus(rate(of, { quantity, priorQuantity: prior }).amount)
          prior = prior.plus(quantity)
        }
        expect(sum.equals(rate(of, { quantity: prior }).amount)).toBe(true)
      }),
    )
  })
})

describe('spend terms', () => {
  const capped = { ...perUnit, maximumSpend: int(100) }

  test('the maximum bounds the period, earlier slices included', () => {
    expect(amountOf(capped, { quantity: int(10) })).toBe('100')
    const slice = { quantity: int(5), priorQuantity: int(7), priorBilledAmount: int(70) }
    expect(amountOf(capped, slice)).toBe('30')
    expect(amountOf(capped, { quantity: int(5), priorBilledAmount: int(130) })).toBe('0')
  })

  test('the discount comes before the maximum', () => {
    const price = { ...capped, percentageDiscount: int(50) }
    const rating = rate(price, { quantity: int(20), priorBilledAmount: int(35) })
    expect(ratingToJson(rating)).toEqual({
      amount: '65',
      tiers: [{ tier: 1, quantity: '20', unit_amount: '10', flat_amount: '0', amount: '200' }],
      adjustments: [
        { kind: 'percentage_discount', amount: '-100' },
        { kind: 'maximum_spend_discount', amount: '-35' },
      ],
    })
  })

  test('the minimum is settled when the period closes, less what was billed before', () => {
    const price = { ...perUnit, minimumSpend: int(100) }
    const none = { quantity: int(0) }
    expect(amountOf(price, none)).toBe('100')
    expect(amountOf(price, { ...none, position: 'first_split' })).toBe('0')
    expect(amountOf(price, { ...none, position: 'middle_split' })).toBe('0')
    expect(amountOf(price, { ...none, position: 'last_split', priorBilledAmount: int(30) })).toBe(
      '70',
    )
    expect(amountOf(price, { quantity: int(11) })).toBe('110')
  })

  test('the amount is the sum of its parts and lies within the bounds', () => {
    const amounts = fc.bigInt({ min: 0n, max: 100_000n }).map((n) => Decimal.fromBigInt(n, 2))
    fc.assert(
      fc.property(
        amounts,
        amounts,
        amounts,
        amounts,
        fc.nat(100),
        (quantity, prior, a, b, percent) => {
          const bounds = { minimumSpend: Decimal.min(a, b), maximumSpend: Decimal.max(a, b) }
          const price = { ...perUnit, ...bounds, percentageDiscount: int(percent) }
          const rating = rate(price, { quantity, priorBilledAmount: prior })
          const adjusted = Decimal.sum(rating.adjustments.map((each) => each.amount))
          expect(rating.gross.plus(adjusted).equals(rating.amount)).toBe(true)
          const period = prior.plus(rating.amount)
          expect(period.gte(bounds.minimumSpend)).toBe(true)
          expect(period.lte(Decimal.max(bounds.maximumSpend, prior))).toBe(true)
          expect(rating.amount.isNegative()).toBe(false)
        },
      ),
    )
  })
})

describe('negative usage', () => {
  const tiers = [tier('100', '0.1', '0'), tier('500', '0.05', '0'), tier(null, '0.02', '0')]
  const graduated = { model: 'graduated', tiers } as const

  test('bills as none by the standard policy', () => {
    expect(amountOf(graduated, { quantity: int(-1000) })).toBe('0')
    expect(amountOf(perUnit, { quantity: int(-3) })).toBe('0')
  })

  test('is given back when the policy credits it', () => {
    expect(amountOf(graduated, { quantity: int(-1000) }, credit)).toBe('-40')
    expect(amountOf({ model: 'volume', tiers }, { quantity: int(-1000) }, credit)).toBe('-20')
    expect(amountOf(perUnit, { quantity: int(-3) }, credit)).toBe('-30')
  })

  test('gives back what the last units of the period cost', () => {
    fc.assert(
      fc.property(fc.nat(800), fc.nat(800), (prior, back) => {
        fc.pre(back <= prior)
        const usage = { quantity: int(-back), priorQuantity: int(prior) }
        const before = rate(graduated, { quantity: int(prior) }).amount
        const after = rate(graduated, { quantity: int(prior - back) }).amount
        expect(rate(graduated, usage, credit).amount.equals(after.minus(before))).toBe(true)
      }),
    )
  })
})

test('policies are found by the name on the invoice', () => {
  expect(findRatingPolicy('standard_v1')).toBe(ratingPolicies.standard_v1)
  expect(findRatingPolicy('toString')).toBeUndefined()
})
