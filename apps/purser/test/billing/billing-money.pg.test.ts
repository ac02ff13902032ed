import { Rounding, ZeroUsage } from '@purser/contracts/subscription/v1/subscription'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { everyPrice, priceOf, unitPrice, usageEvent } from './usage-fixture.ts'

const JANUARY = '2026-01-01T00:00:00Z'

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

type Terms = Parameters<Shop['createPlan']>[2]

/** What January comes to for one account that used these quantities at this unit price. */
async function billUnits(unitAmount: string, quantities: readonly string[], terms: Terms = {}) {
  const shop = await billing.openShop()
  await shop.createPlan(
    'unit',
    [priceOf('units', { case: 'perUnit', value: { unitAmount } })],
    terms,
  )
  await shop.subscribe('a-1', 'unit', JANUARY)
  await shop.record(
    quantities.map((quantity, index) => usageEvent({ id: String(index), quantity })),
  )
  await shop.run('2026-01')
  expect(await shop.verify('INV-000001')).toMatchObject({ matches: true })
  const [invoice] = await contentOf(shop)
  return invoice
}

describe('currencies', () => {
  test.each([
    ['JPY', '0.5', ['3'], '2 JPY'],
    ['JPY', '1200.4', ['1'], '1200 JPY'],
    ['KWD', '0.0005', ['1'], '1 KWD'],
    ['KWD', '1.2345', ['2'], '2469 KWD'],
    ['USD', '0.005', ['1'], '1 USD'],
    ['USD', '0.1', ['0.1', '0.2'], '3 USD'],
  ])('%s at %s for %j is %s', async (currency, unitAmount, quantities, total) => {
    expect(await billUnits(unitAmount, quantities, { currency })).toMatchObject({ total })
  })
})

describe('rounding is that of the plan and is stamped', () => {
  test.each([
    [Rounding.UNSPECIFIED, 'half_away_from_zero', 1n],
    [Rounding.HALF_AWAY_FROM_ZERO, 'half_away_from_zero', 1n],
    [Rounding.HALF_EVEN, 'half_even', 0n],
    [Rounding.UP, 'up', 1n],
    [Rounding.DOWN, 'down', 0n],
  ])('%s', async (rounding, name, amount) => {
    const invoice = await billUnits('0.005', ['1'], { policy: { rounding } })
    expect(invoice).toMatchObject({
      policy: { rounding: name },
      lines: [{ amount, exact: '0.005' }],
    })
  })

  test('and happens once a line', async () => {
    const shop = await billing.openShop()
    const value = { unitAmount: '0.005' }
    const prices = ['units', 'calls', 'users'].map((key) =>
      priceOf(key, { case: 'perUnit', value }),
    )
    await shop.createPlan('plan', prices)
    await shop.subscribe('a-1', 'plan', JANUARY)
    await shop.record([usageEvent({ id: '1' })])
    await shop.run('2026-01')
    expect(await contentOf(shop)).toMatchObject([{ total: '3 USD' }])
  })
})

describe('no usage', () => {
  test.each([
    [ZeroUsage.UNSPECIFIED, 50n, 2_00n],
    [ZeroUsage.CHARGED, 50n, 2_00n],
    [ZeroUsage.NOT_CHARGED, 0n, 0n],
  ])('is an invoice with the first tiers charged or not: %s', async (zeroUsage, calls, peak) => {
    const shop = await billing.openShop()
    await shop.createPlan('all', everyPrice, { policy: { zeroUsage } })
    await shop.subscribe('a-1', 'all', JANUARY)
    await shop.run('2026-01')
    const [invoice] = await contentOf(shop)
    const amounts = invoice?.lines.map(({ price, amount }) => [price, amount]) ?? []
    expect(Object.fromEntries(amounts)).toEqual({
      base: 19_99n,
      units: 0n,
      calls,
      peak,
      users: 0n,
      seats: 0n,
    })
    expect(await shop.verify('INV-000001')).toMatchObject({ matches: true, eventCount: 0n })
  })

  test('then late usage of that month is corrected by the whole', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('unit', [unitPrice])
    await shop.subscribe('a-1', 'unit', JANUARY)
    await shop.run('2026-01')
    await shop.record([usageEvent({ id: 'late', quantity: '12.345' })])
    await shop.run('2026-02')
    expect((await contentOf(shop)).map(({ total }) => total)).toEqual(['0 USD', '1235 USD'])
  })
})

test('large and fine quantities stay exact', async () => {
  const quantities = ['999999999999.999999999999999999', '0.000000000000000001', '123456789012.5']
  expect(await billUnits('0.01', quantities)).toMatchObject({
    lines: [{ quantity: '1123456789012.5', exact: '11234567890.125', amount: 1_123_456_789_013n }],
  })
})
