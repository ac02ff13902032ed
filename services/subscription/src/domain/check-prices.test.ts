import { Decimal } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { checkPrices } from './check-prices.ts'
import type { Price as PriceModel, Tier } from '@purser/rating'
import { meterKeysOf, type Price } from './price.ts'

const d = (text: string) => Decimal.parse(text)

function price(terms: PriceModel | undefined, more: Partial<Price> = {}): Price {
  return { priceKey: 'p', meterKey: terms?.model === 'flat' ? '' : 'calls', terms, ...more }
}

const flat = (amount: string): PriceModel => ({ model: 'flat', amount: d(amount) })

const perUnit = (unitAmount: string, freeQuantity = '0'): PriceModel => ({
  model: 'per_unit',
  unitAmount: d(unitAmount),
  freeQuantity: d(freeQuantity),
})

const tier = (upTo: string | undefined, unitAmount = '1', flatAmount = '0'): Tier => ({
  upTo: upTo === undefined ? null : d(upTo),
  unitAmount: d(unitAmount),
  flatAmount: d(flatAmount),
})

const graduated = (...tiers: Tier[]): PriceModel => ({ model: 'graduated', tiers })

const packages = (packageSize: string, packageAmount: string, freeQuantity = '0'): PriceModel => ({
  model: 'package',
  packageSize: d(packageSize),
  packageAmount: d(packageAmount),
  freeQuantity: d(freeQuantity),
  rounding: 'up',
})

const fieldsOf = (prices: Price[], currency = 'USD') =>
  checkPrices(prices, currency, 'prices').map(({ field }) => field)

describe('a price is accepted', () => {
  test.each<[string, PriceModel]>([
    ['flat', flat('0')],
    ['flat, in minor units', flat('9.990')],
    ['per unit, far below a cent', perUnit('0.00000000000000000001', '0.5')],
    ['graduated, with one open tier', graduated(tier(undefined))],
    ['graduated, with fractional bounds', graduated(tier('0.5'), tier('1.25'), tier(undefined))],
    ['volume', { model: 'volume', tiers: [tier('10', '0', '5'), tier(undefined)] }],
    ['package', packages('0.001', '0')],
  ])('%s', (_name, terms) => {
    expect(checkPrices([price(terms)], 'USD', 'prices')).toEqual([])
  })
})

describe('a price is refused', () => {
  test.each<[string, Price, string[]]>([
    ['without a model', price(undefined), ['prices[0]']],
    ['flat, with a meter', price(flat('1'), { meterKey: 'calls' }), ['prices[0].meter_key']],
    ['of units, without a meter', price(perUnit('1'), { meterKey: '' }), ['prices[0].meter_key']],
    ['flat, negative', price(flat('-1')), ['prices[0].flat.amount']],
    ['flat, finer than a cent', price(flat('9.995')), ['prices[0].flat.amount']],
    ['per unit, negative', price(perUnit('-0.1')), ['prices[0].per_unit.unit_amount']],
    [
      'with less than nothing free',
      price(perUnit('1', '-1')),
      ['prices[0].per_unit.free_quantity'],
    ],
    [
      'with 21 decimals',
      price(perUnit('0.000000000000000000001')),
      ['prices[0].per_unit.unit_amount'],
    ],
    ['with 21 digits', price(perUnit(`1${'0'.repeat(20)}`)), ['prices[0].per_unit.unit_amount']],
    ['without tiers', price(graduated()), ['prices[0].graduated.tiers']],
    [
      'with a bound on the last tier',
      price(graduated(tier('1'), tier('2'))),
      ['prices[0].graduated.tiers[1].up_to'],
    ],
    [
      'with an open tier before the last',
      price(graduated(tier(undefined), tier(undefined))),
      ['prices[0].graduated.tiers[0].up_to'],
    ],
    [
      'with bounds that do not ascend from above zero',
      price(graduated(tier('0'), tier('5'), tier('5'), tier('4'), tier(undefined))),
      [0, 2, 3].map((index) => `prices[0].graduated.tiers[${index}].up_to`),
    ],
    [
      'with negative amounts in a tier',
      price({ model: 'volume', tiers: [tier(undefined, '-1', '-1')] }),
      ['prices[0].volume.tiers[0].unit_amount', 'prices[0].volume.tiers[0].flat_amount'],
    ],
    ['of empty packages', price(packages('0', '1')), ['prices[0].package.package_size']],
    [
      'of packages, negative',
      price(packages('1', '-1', '-1')),
      ['prices[0].package.package_amount', 'prices[0].package.free_quantity'],
    ],
  ])('%s', (_name, given, fields) => {
    expect(fieldsOf([given])).toEqual(fields)
  })

  test('for a key that another price has, at its own place', () => {
    const prices = [price(flat('1')), price(flat('2'), { priceKey: 'q' }), price(flat('3'))]
    expect(fieldsOf(prices)).toEqual(['prices[2].price_key'])
  })
})

test('a flat amount has as many decimals as its currency', () => {
  expect(fieldsOf([price(flat('1.5'))], 'JPY')).toEqual(['prices[0].flat.amount'])
  expect(fieldsOf([price(flat('1.234'))], 'KWD')).toEqual([])
})

test('meters are named once, in order, flat prices aside', () => {
  const prices = [
    price(perUnit('1'), { meterKey: 'b' }),
    price(flat('1')),
    price(perUnit('1'), { meterKey: 'a' }),
    price(perUnit('1'), { meterKey: 'b' }),
  ]
  expect(meterKeysOf(prices)).toEqual(['a', 'b'])
})
