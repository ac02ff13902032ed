import { Decimal } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ratingPolicies } from './policy.ts'
import type { GraduatedPrice, Tier } from './price.ts'
import { rate } from './rate.ts'
import type { Usage } from './rating.ts'
import { int, integerTiers, splits, tier, type WholeTier } from './rating-fixtures.ts'

const dec = Decimal.parse
const notCharged = { ...ratingPolicies.standard_v1, zeroUsageFirstTierFlat: 'not_charged' } as const

const stepped: Tier[] = [
  tier('5', '0', '100'),
  tier('10', '0', '50'),
  tier('15', '5', '0'),
  tier(null, '1', '0'),
]

function amountOf(
  tiers: readonly Tier[],
  usage: Usage,
  terms: Partial<GraduatedPrice> = {},
): string {
  return rate({ model: 'graduated', tiers, ...terms }, usage).amount.toString()
}

/** One unit after the other, in whole hundredths: no code in common with the engine. */
function unitByUnit(tiers: readonly WholeTier[], quantity: number): bigint {
  let total = tiers[0]?.flat ?? 0n
  const reached = new Set([0])
  for (let unit = 1; unit <= quantity; unit++) {
    const index = tiers.findIndex(({ upTo }) => upTo === null || unit <= upTo)
    const found = tiers[index]
    if (!found) throw new Error('the last tier is open')
    total += found.unit + (reached.has(index) ? 0n : found.flat)
    reached.add(index)
  }
  return total
}

describe('tiers', () => {
  test.each([
    ['0', '100'],
    ['5', '100'],
    ['5.5', '150'],
    ['10', '150'],
    ['10.5', '152.5'],
    ['15', '175'],
    ['22', '182'],
  ])(
    '%s units cost %s: an upper bound belongs to its tier, fractions above it to the next',
    (q, amount) => {
      expect(amountOf(stepped, { quantity: dec(q) })).toBe(amount)
    },
  )

  test('the breakdown lists the steps in order and adds up', () => {
    const { breakdown, gross } = rate({ model: 'graduated', tiers: stepped }, { quantity: int(22) })
    expect(
      breakdown.map((step) => [
        step.tier,
        `${step.quantity}`,
        `${step.flatAmount}`,
        `${step.amount}`,
      ]),
    ).toEqual([
      [1, '5', '100', '100'],
      [2, '5', '50', '50'],
      [3, '5', '0', '25'],
      [4, '7', '0', '7'],
    ])
    expect(gross.toString()).toBe('182')
  })

  test('a cap limits its tier, flat amount included, over all slices', () => {
    const capped = [{ ...tier('10', '2', '5'), cap: dec('12') }, tier(null, '1', '0')]
    expect(amountOf(capped, { quantity: int(2) })).toBe('9')
    expect(amountOf(capped, { quantity: int(10) })).toBe('12')
    expect(amountOf(capped, { quantity: int(11) })).toBe('13')
    expect(amountOf(capped, { quantity: int(9), priorQuantity: int(2) })).toBe('4')
  })

  test('a price per thousand, rounded up to whole thousands', () => {
    const perThousand = { unitsPerPrice: int(1000), quantityRounding: 'up' as const }
    const tiers = [tier('2000', '10', '0'), tier(null, '4', '0')]
    expect(amountOf(tiers, { quantity: int(2001) }, perThousand)).toBe('24')
    expect(amountOf(tiers, { quantity: int(1500) }, { unitsPerPrice: int(1000) })).toBe('15')
  })
})

describe('a period billed in slices', () => {
  test('bills the first flat amount with the slice that opens the period, used or not', () => {
    const none = { quantity: int(0) }
    expect(amountOf(stepped, { ...none, position: 'first_split' })).toBe('100')
    expect(amountOf(stepped, { ...none, position: 'last_split' })).toBe('0')
    expect(
      amountOf(stepped, { quantity: int(1), priorQuantity: int(7), position: 'middle_split' }),
    ).toBe('0')
  })

  test('without usage nothing is owed when the policy says so, and the first unit owes it', () => {
    const price = { model: 'graduated', tiers: stepped } as const
    const amount = (usage: Usage) => rate(price, usage, notCharged).amount.toString()
    expect(amount({ quantity: int(0) })).toBe('0')
    expect(amount({ quantity: int(0), position: 'first_split' })).toBe('0')
    expect(amount({ quantity: int(1), position: 'last_split' })).toBe('100')
  })
})

describe('laws', () => {
  test('agrees with pricing unit by unit', () => {
    fc.assert(
      fc.property(integerTiers, fc.nat(120), (whole, quantity) => {
        const { amount } = rate(
          { model: 'graduated', tiers: whole.map(({ tier }) => tier) },
          { quantity: int(quantity) },
        )
        expect(amount.toMinor(2, 'down')).toBe(unitByUnit(whole, quantity))
      }),
    )
  })

  test('slices of a period add up to the period, with either policy', () => {
    const policies = fc.constantFrom(ratingPolicies.standard_v1, notCharged)
    fc.assert(
      fc.property(integerTiers, splits, policies, fc.boolean(), (whole, parts, policy, capped) => {
        const tiers = whole.map(({ tier }) => (capped ? { ...tier, cap: dec('3.5') } : tier))
        const price = { model: 'graduated', tiers, freeQuantity: int(3) } as const
        let prior = Decimal.zero
        let sum = Decimal.zero
        for (const [index, quantity] of parts.entries()) {
          const last = index === parts.length - 1
          const first = index === 0
          const position = first
            ? last
              ? 'whole_period'
              : 'first_split'
            : last
              ? 'last_split'
              : 'middle_split'
          sum = sum.plus(rate(price, { quantity, priorQuantity: prior, position }, policy).amount)
          prior = prior.plus(quantity)
        }
        expect(sum.toString()).toBe(rate(price, { quantity: prior }, policy).amount.toString())
      }),
    )
  })

  test('more usage never costs less', () => {
    fc.assert(
      fc.property(integerTiers, fc.nat(2_000), fc.nat(2_000), (whole, a, b) => {
        const price = { model: 'graduated', tiers: whole.map(({ tier }) => tier) } as const
        const hundredths = (n: number) => ({ quantity: Decimal.fromBigInt(BigInt(n), 2) })
        const less = rate(price, hundredths(Math.min(a, b))).amount
        expect(less.lte(rate(price, hundredths(Math.max(a, b))).amount)).toBe(true)
      }),
    )
  })
})
