import { describe, expect, test } from 'vitest'
import type { InvoiceLine } from '../domain/invoice.ts'
import { printOrigin } from './line-print.ts'

const period = {
  start: Temporal.Instant.from('2026-02-01T00:00:00Z'),
  end: Temporal.Instant.from('2026-03-01T00:00:00Z'),
}

function lineOf(price: object, breakdown: object, fields: Partial<InvoiceLine> = {}): InvoiceLine {
  return {
    lineNumber: 1,
    kind: 'usage',
    description: 'API calls',
    priceKey: 'calls',
    meterKey: 'requests',
    quantity: '0',
    exactAmount: '0',
    amountMinor: 0n,
    period,
    watermark: 0n,
    eventCount: 0n,
    priceJson: JSON.stringify(price),
    breakdownJson: JSON.stringify({ amount: '0', adjustments: [], ...breakdown }),
    billedBeforeMinor: 0n,
    billableDays: 0,
    periodDays: 0,
    ...fields,
  }
}

function tier(number: number, quantity: string, unit: string, amount: string, flat = '0') {
  return { tier: number, quantity, unit_amount: unit, flat_amount: flat, amount }
}

describe('how the amount follows', () => {
  test('one price for all units needs no more than the price', () => {
    const line = lineOf(
      { model: 'per_unit', unit_amount: '0.0000125' },
      { tiers: [tier(1, '8', '0.0000125', '0.0001')] },
    )
    expect(printOrigin(line, 'USD')).toEqual({ unitPrice: '0.0000125', details: [] })
  })

  test('a price for a thousand units says so', () => {
    const line = lineOf(
      { model: 'per_unit', unit_amount: '0.4', units_per_price: '1000' },
      { tiers: [tier(1, '2500', '0.4', '1')] },
    )
    expect(printOrigin(line, 'USD').unitPrice).toBe('0.40 per 1,000')
  })

  test('tiers say their bounds, flat amounts and caps', () => {
    const tiers = [{ up_to: '100' }, { up_to: '1000', tier_cap: '9' }, { up_to: null }]
    const steps = [
      tier(1, '100', '0', '0'),
      tier(2, '900', '0.05', '9', '5'),
      tier(3, '1.5', '2', '3'),
    ]
    expect(printOrigin(lineOf({ model: 'graduated', tiers }, { tiers: steps }), 'USD')).toEqual({
      unitPrice: 'tiered',
      details: [
        'Tier 1, up to 100: 100 × 0.00 = 0.00',
        'Tier 2, up to 1,000: 900 × 0.05 + 5.00, at most = 9.00',
        'Tier 3, above 1,000: 1.5 × 2.00 = 3.00',
      ],
    })
  })

  test('packages are counted', () => {
    const price = { model: 'package', package_size: '1000', package_amount: '10' }
    const print = (count: string, amount: string) =>
      printOrigin(lineOf(price, { tiers: [tier(1, count, '10', amount)] }), 'JPY')
    expect(print('3', '30').details).toEqual(['3 packages × 10 = 30'])
    expect(print('1', '10')).toEqual({
      unitPrice: '10 per 1,000',
      details: ['1 package × 10 = 10'],
    })
  })

  test('part of a period says its days', () => {
    const line = lineOf(
      { model: 'flat', amount: '20' },
      { tiers: [tier(1, '1', '20', '20')] },
      { billableDays: 14, periodDays: 28 },
    )
    expect(printOrigin(line, 'USD')).toEqual({ unitPrice: '20.00', details: ['14 of 28 days'] })
  })

  test('discounts and minimums are named', () => {
    const adjustments = [
      { kind: 'percentage_discount', amount: '-1.5' },
      { kind: 'minimum_spend_top_up', amount: '3' },
      { kind: 'some_new_kind', amount: '1' },
    ]
    expect(
      printOrigin(lineOf({ model: 'per_unit' }, { tiers: [], adjustments }), 'USD').details,
    ).toEqual(['Discount: −1.50', 'Up to the minimum: 3.00', 'some new kind: 1.00'])
  })

  test('a correction says what is owed in all and what was billed', () => {
    const fields = { kind: 'adjustment', amountMinor: -2_00n, billedBeforeMinor: 14_00n } as const
    expect(
      printOrigin(lineOf({ model: 'per_unit' }, { tiers: [] }, fields), 'USD').details,
    ).toEqual(['12.00 for all usage known now, 14.00 billed before'])
  })

  test('JSON in another form prints nothing and breaks nothing', () => {
    const nothing = { unitPrice: '', details: [] }
    expect(printOrigin(lineOf({ model: 7 }, { tiers: [] }), 'USD')).toEqual(nothing)
    expect(printOrigin(lineOf({ model: 'per_unit' }, { tiers: [{ tier: 'x' }] }), 'USD')).toEqual(
      nothing,
    )
    const strange = { tiers: [tier(1, 'many', '1', '1')] }
    expect(printOrigin(lineOf({ model: 'per_unit' }, strange), 'USD')).toEqual(nothing)
  })
})
