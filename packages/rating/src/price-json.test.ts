import { isPurserError, type FieldViolation } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { priceFromJson, priceToJson } from './price-json.ts'

const prices = {
  flat: { model: 'flat', amount: '99.5', payment_term: 'in_arrears' },
  per_unit: {
    model: 'per_unit',
    unit_amount: '0.0000125',
    free_quantity: '1000',
    units_per_price: '1000',
    quantity_rounding: 'up',
    minimum_spend: '5',
    maximum_spend: '500',
    percentage_discount: '12.5',
  },
  graduated: {
    model: 'graduated',
    tiers: [
      { up_to: '100', unit_amount: '0.1', flat_amount: '0', tier_cap: '9' },
      { up_to: null, unit_amount: '0.05', flat_amount: '3' },
    ],
  },
  volume: { model: 'volume', tiers: [{ up_to: null, unit_amount: '1', flat_amount: '0' }] },
  package: {
    model: 'package',
    package_size: '10',
    package_amount: '15',
    free_quantity: '0',
    rounding: 'down',
  },
}

function violationsOf(json: unknown): readonly FieldViolation[] {
  try {
    priceFromJson(json, 'prices[0]')
  } catch (error) {
    expect(isPurserError(error) && error.code).toBe('plan.invalid_price')
    return isPurserError(error) ? error.fields : []
  }
  return []
}

const fieldsOf = (json: unknown) => violationsOf(json).map(({ field }) => field)

test.each(Object.entries(prices))('%s reads back as it was written', (_, json) => {
  expect(JSON.parse(JSON.stringify(priceToJson(priceFromJson(json))))).toEqual(json)
})

test('absent parts take their meaning from the docstring', () => {
  const tiers = [{ unit_amount: '1' }]
  expect(priceToJson(priceFromJson({ model: 'graduated', tiers }))).toEqual({
    model: 'graduated',
    tiers: [{ up_to: null, unit_amount: '1', flat_amount: '0' }],
  })
  expect(priceFromJson({ model: 'package', package_size: '1', package_amount: '1' })).toMatchObject(
    {
      rounding: 'up',
    },
  )
})

describe('what is refused, by field', () => {
  const tier = { up_to: null, unit_amount: '1', flat_amount: '0' }
  const graduated = (...tiers: unknown[]) => ({ model: 'graduated', tiers })

  test.each([
    ['not an object', 'free', ['prices[0]']],
    ['an array', [prices.flat], ['prices[0]']],
    ['no model', {}, ['prices[0].model']],
    ['an unknown model', { model: 'stairs' }, ['prices[0].model']],
    ['a missing amount', { model: 'flat' }, ['prices[0].amount']],
    ['a float', { model: 'flat', amount: 1.5 }, ['prices[0].amount']],
    ['an exponent', { model: 'flat', amount: '1e9' }, ['prices[0].amount']],
    ['an unknown field', { ...prices.flat, amout: '1' }, ['prices[0].amout']],
    [
      'an inherited name',
      JSON.parse('{"model":"flat","amount":"1","__proto__":"1"}'),
      ['prices[0].__proto__'],
    ],
    ['a negative amount', { model: 'flat', amount: '-1' }, ['prices[0].amount']],
    ['too many digits', { model: 'flat', amount: '1'.repeat(21) }, ['prices[0].amount']],
    ['too fine a price', { model: 'flat', amount: `0.${'1'.repeat(21)}` }, ['prices[0].amount']],
    ['no tiers', graduated(), ['prices[0].tiers']],
    ['tiers that are no list', { model: 'volume', tiers: {} }, ['prices[0].tiers']],
    ['a closed last tier', graduated({ ...tier, up_to: '5' }), ['prices[0].tiers[0].up_to']],
    ['an open tier inside', graduated(tier, tier), ['prices[0].tiers[0].up_to']],
    [
      'tiers that do not ascend',
      graduated({ ...tier, up_to: '5' }, { ...tier, up_to: '5' }, tier),
      ['prices[0].tiers[1].up_to'],
    ],
    [
      'a first bound of zero',
      graduated({ ...tier, up_to: '0' }, tier),
      ['prices[0].tiers[0].up_to'],
    ],
    ['a strange field in a tier', graduated({ ...tier, cap: '1' }), ['prices[0].tiers[0].cap']],
    ['an empty package', { ...prices.package, package_size: '0' }, ['prices[0].package_size']],
    [
      'a discount above 100',
      { ...prices.flat, percentage_discount: '100.1' },
      ['prices[0].percentage_discount'],
    ],
    [
      'a minimum above the maximum',
      { ...prices.flat, minimum_spend: '2', maximum_spend: '1' },
      ['prices[0].minimum_spend'],
    ],
    [
      'no units in a price',
      { ...prices.per_unit, units_per_price: '0' },
      ['prices[0].units_per_price'],
    ],
  ])('%s', (_, json, fields) => {
    expect(fieldsOf(json)).toEqual(fields)
  })

  test('more than 100 tiers', () => {
    const tiers = Array.from({ length: 101 }, (_, i) => ({
      ...tier,
      up_to: i < 100 ? String(i + 1) : null,
    }))
    expect(fieldsOf({ model: 'volume', tiers })).toEqual(['prices[0].tiers'])
    expect(fieldsOf({ model: 'volume', tiers: tiers.slice(1) })).toEqual([])
  })

  test('all of it at once', () => {
    const bad = graduated({ ...tier, unit_amount: 'x', up_to: 'y' }, { ...tier, flat_amount: 'z' })
    expect(fieldsOf(bad)).toEqual([
      'prices[0].tiers[0].up_to',
      'prices[0].tiers[0].unit_amount',
      'prices[0].tiers[1].flat_amount',
    ])
  })
})
