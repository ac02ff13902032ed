import { BillingAlignment } from '@purser/contracts/subscription/v1/subscription'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { priceOf, unitPrice, usageEvent } from './usage-fixture.ts'

const baseFee = priceOf('base', { case: 'flat', value: { amount: '31' } }, '')

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

async function openShop(timeZone = 'UTC'): Promise<Shop> {
  const shop = await billing.openShop({ timeZone })
  await shop.createPlan('plan', [baseFee, unitPrice])
  return shop
}

/** Records one unit at each instant, for account `a-1`. */
async function recordAt(shop: Shop, ...times: string[]): Promise<void> {
  await shop.record(times.map((time) => usageEvent({ id: time, time })))
}

/** Each invoice in short: its period, days, base fee and units. */
async function periods(shop: Shop): Promise<string[]> {
  return (await contentOf(shop)).map(
    ({ start, end, lines: [base, units] }) =>
      `${start} ${end} days ${base?.days} fee ${base?.amount} units ${units?.quantity}`,
  )
}

/** Runs months as of a present at which a subscription may still be canceled. */
async function at<T>(present: string, work: () => Promise<T>): Promise<T> {
  const before = billing.present.now
  billing.present.now = Temporal.Instant.from(present)
  try {
    return await work()
  } finally {
    billing.present.now = before
  }
}

describe('months in the time zone of the tenant', () => {
  test.each([
    ['Europe/Warsaw', '2026-03', ['2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'], 'days 31/31'],
    ['Europe/Warsaw', '2025-10', ['2025-09-30T22:00:00Z', '2025-10-31T23:00:00Z'], 'days 31/31'],
    ['America/New_York', '2026-03', ['2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'], 'days 31/31'],
    ['America/New_York', '2025-11', ['2025-11-01T04:00:00Z', '2025-12-01T05:00:00Z'], 'days 30/30'],
    ['Asia/Kolkata', '2026-02', ['2026-01-31T18:30:00Z', '2026-02-28T18:30:00Z'], 'days 28/28'],
  ] as const)('%s, %s', async (timeZone, month, [start, end], days) => {
    const shop = await openShop(timeZone)
    await shop.subscribe('a-1', 'plan', '2025-09-01T00:00:00+05:30')
    const justBefore = (instant: string) =>
      Temporal.Instant.from(instant).subtract({ microseconds: 1 }).toString()
    await recordAt(shop, justBefore(start), start, justBefore(end), end)
    await shop.run(month)
    expect(await periods(shop)).toEqual([`${start} ${end} ${days} fee 3100 units 2`])
  })

  test('a month ends when it ends there', async () => {
    const shop = await openShop('America/New_York')
    await shop.subscribe('a-1', 'plan', '2026-01-10T00:00:00Z')
    await at('2026-02-01T04:59:59.5Z', async () => {
      await expect(shop.run('2026-01')).rejects.toMatchObject({ code: 'billing.period_not_ended' })
    })
    await at('2026-02-01T05:00:00Z', () => shop.run('2026-01'))
    expect((await contentOf(shop)).length).toBe(1)
  })
})

describe('partial periods', () => {
  test('the first costs its share of days and counts usage from its start', async () => {
    const shop = await openShop('Europe/Warsaw')
    await shop.subscribe('a-1', 'plan', '2026-03-22T12:00:00+01:00')
    await recordAt(shop, '2026-03-22T10:59:59Z', '2026-03-22T11:00:00Z', '2026-03-31T21:59:59Z')
    await shop.run('2026-03')
    await shop.run('2026-04')
    expect(await periods(shop)).toEqual([
      '2026-03-22T11:00:00Z 2026-03-31T22:00:00Z days 10/31 fee 1000 units 2',
      '2026-03-31T22:00:00Z 2026-04-30T22:00:00Z days 30/30 fee 3100 units 0',
    ])
  })

  test('the last ends with the cancellation', async () => {
    const shop = await openShop()
    const id = await shop.subscribe('a-1', 'plan', '2026-01-01T00:00:00Z')
    await at('2026-02-05T00:00:00Z', () => shop.cancel(id, '2026-02-15T00:00:00Z'))
    await recordAt(shop, '2026-02-14T23:59:59.999999Z', '2026-02-15T00:00:00Z')
    for (const month of ['2026-01', '2026-02', '2026-03']) await shop.run(month)
    expect(await periods(shop)).toEqual([
      '2026-01-01T00:00:00Z 2026-02-01T00:00:00Z days 31/31 fee 3100 units 0',
      '2026-02-01T00:00:00Z 2026-02-15T00:00:00Z days 14/28 fee 1550 units 1',
    ])
  })

  test('two that end in one month are two invoices, and late usage of before is corrected once', async () => {
    const shop = await openShop()
    const alignment = BillingAlignment.ANNIVERSARY
    const id = await shop.subscribe('a-1', 'plan', '2026-01-10T00:00:00Z', { alignment })
    await at('2026-03-12T00:00:00Z', () => shop.cancel(id, '2026-03-20T00:00:00Z'))
    await shop.run('2026-02')
    await recordAt(shop, '2026-01-20T00:00:00Z', '2026-03-10T00:00:00Z')
    expect(await shop.run('2026-03')).toMatchObject({ invoiceCount: 2n, adjustmentCount: 1n })
    expect(await periods(shop)).toEqual([
      '2026-01-10T00:00:00Z 2026-02-10T00:00:00Z days 31/31 fee 3100 units 0',
      '2026-02-10T00:00:00Z 2026-03-10T00:00:00Z days 28/28 fee 3100 units 0',
      '2026-03-10T00:00:00Z 2026-03-20T00:00:00Z days 10/31 fee 1000 units 1',
    ])
  })
})

test('anniversaries of the 31st end on the last day of shorter months and tile the year', async () => {
  const shop = await openShop('Europe/Warsaw')
  const alignment = BillingAlignment.ANNIVERSARY
  await shop.subscribe('a-1', 'plan', '2025-10-31T00:00:00+01:00', { alignment })
  const edges = [
    '2025-10-30T23:00:00Z',
    '2025-11-29T23:00:00Z',
    '2025-12-30T23:00:00Z',
    '2026-01-30T23:00:00Z',
    '2026-02-27T23:00:00Z',
    '2026-03-30T22:00:00Z',
    '2026-04-29T22:00:00Z',
  ]
  await recordAt(shop, ...edges)
  for (const month of ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04']) {
    expect(await shop.run(month), month).toMatchObject({ invoiceCount: 1n })
  }
  const found = (await contentOf(shop)).map(({ start, end }) => [start, end])
  expect(found).toEqual(edges.slice(0, -1).map((start, index) => [start, edges[index + 1]]))
  expect((await periods(shop)).every((text) => text.endsWith('units 1'))).toBe(true)
})

test('years and quarters are billed in the month in which they end', async () => {
  const shop = await billing.openShop()
  await shop.createPlan('quarter', [unitPrice], { intervalCount: 3 })
  await shop.subscribe('a-1', 'quarter', '2026-01-01T00:00:00Z')
  await recordAt(shop, '2026-01-01T00:00:00Z', '2026-03-31T23:59:59Z', '2026-04-01T00:00:00Z')
  const counts: bigint[] = []
  for (const month of ['2026-01', '2026-02', '2026-03', '2026-04']) {
    counts.push((await shop.run(month)).invoiceCount)
  }
  expect(counts).toEqual([0n, 0n, 1n, 0n])
  await recordAt(shop, '2026-02-02T00:00:00Z')
  expect(await shop.run('2026-05')).toMatchObject({ invoiceCount: 1n, adjustmentCount: 1n })
  expect(await shop.run('2026-06')).toMatchObject({ invoiceCount: 1n, adjustmentCount: 0n })
  expect((await contentOf(shop)).map(({ kind, total }) => `${kind} ${total}`)).toEqual([
    'PERIOD 200 USD',
    'PERIOD 100 USD',
    'ADJUSTMENT 100 USD',
  ])
})
