import { Decimal } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RatingPolicy, ratingPolicies } from './policy.ts'
import type { Tier, VolumePrice } from './price.ts'
import { rate } from './rate.ts'
import type { Usage } from './rating.ts'
import { int, integerTiers, tier } from './rating-fixtures.ts'

const dec = Decimal.parse
const tiers = [tier('100', '2', '10'), tier('200', '1', '0'), tier(null, '0.5', '50')]
const standard: RatingPolicy = ratingPolicies.standard_v1

function amountOf(
  usage: Usage,
  terms: Partial<VolumePrice> = {},
  policy: RatingPolicy = standard,
  of: readonly Tier[] = tiers,
): string {
  return rate({ model: 'volume', tiers: of, ...terms }, usage, policy).amount.toString()
}

describe('tiers', () => {
  test.each([
    ['0', '10'],
    ['1', '12'],
    ['100', '210'],
    ['100.5', '100.5'],
    ['200', '200'],
    ['300', '200'],
  ])('%s units cost %s: the tier of the whole quantity prices all of it', (quantity, amount) => {
    expect(amountOf({ quantity: dec(quantity) })).toBe(amount)
  })

  test('without usage nothing is owed when the policy says so', () => {
    const policy = { ...standard, zeroUsageFirstTierFlat: 'not_charged' as const }
    expect(amountOf({ quantity: int(0) }, {}, policy)).toBe('0')
    expect(amountOf({ quantity: int(1) }, {}, policy)).toBe('12')
  })

  test('a cap limits the whole price', () => {
    expect(
      amountOf({ quantity: int(50) }, {}, standard, [{ ...tier(null, '2', '10'), cap: int(99) }]),
    ).toBe('99')
  })

  test('a price per hundred, rounded up to whole hundreds, and the tier with it', () => {
    const terms = { unitsPerPrice: int(100), quantityRounding: 'up' as const }
    const blocks = [tier('500', '10', '0'), tier(null, '5', '0')]
    expect(amountOf({ quantity: int(401) }, terms, standard, blocks)).toBe('50')
    expect(amountOf({ quantity: int(501) }, terms, standard, blocks)).toBe('30')
  })

  test('a prorated quantity is priced in the tier of the full one', () => {
    expect(amountOf({ quantity: dec('198.6'), tierQuantity: int(300) })).toBe('149.3')
  })
})

describe('free units', () => {
  const plain = [tier('100', '0.1', '0'), tier('500', '0.05', '0'), tier(null, '0.02', '0')]
  const free = { freeQuantity: int(50) }

  test.each([
    ['50', '0'],
    ['51', '5.1'],
    ['120', '12'],
    ['150', '15'],
    ['151', '7.55'],
  ])('as a first tier: %s units cost %s', (quantity, amount) => {
    expect(amountOf({ quantity: dec(quantity) }, free, standard, plain)).toBe(amount)
  })

  test.each([
    ['50', '0'],
    ['120', '7'],
    ['150', '10'],
    ['151', '5.05'],
  ])('deducted: %s units cost %s', (quantity, amount) => {
    const policy = { ...standard, volumeFreeQuantity: 'deducted' as const }
    expect(amountOf({ quantity: dec(quantity) }, free, policy, plain)).toBe(amount)
  })
})

test('nothing is billed before the slice that closes the period, and that one bills all', () => {
  expect(amountOf({ quantity: int(150), position: 'first_split' })).toBe('0')
  expect(amountOf({ quantity: int(150), position: 'middle_split' })).toBe('0')
  expect(amountOf({ quantity: int(30), priorQuantity: int(120), position: 'last_split' })).toBe(
    '150',
  )
})

test('agrees with a straightforward reference', () => {
  fc.assert(
    fc.property(integerTiers, fc.nat(120), (whole, quantity) => {
      const found = whole.find(({ upTo }) => upTo === null || quantity <= upTo)
      const expected = BigInt(quantity) * (found?.unit ?? 0n) + (found?.flat ?? 0n)
      const price = { model: 'volume', tiers: whole.map((each) => each.tier) } as const
      expect(rate(price, { quantity: int(quantity) }).amount.toMinor(2, 'down')).toBe(expected)
    }),
  )
})
