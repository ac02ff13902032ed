import { RunStatus } from '@purser/contracts/billing/v1/billing'
import { InvoiceKind } from '@purser/contracts/invoicing/v1/invoicing'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf, numbersUpTo } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { priceOf, unitPrice, usageEvent } from './usage-fixture.ts'

const JANUARY = '2026-01-01T00:00:00Z'

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

/** Changes the stored terms of a plan behind the back of its service; answers the terms before. */
async function replaceTerms(shop: Shop, planKey: string, terms: unknown): Promise<unknown> {
  const name = [shop.tenant, planKey]
  const [before] = await billing.adminQuery<{ terms: unknown }>(
    'select terms from subscription.plan_version where tenant_id = $1 and plan_key = $2',
    name,
  )
  await billing.adminQuery(
    'update subscription.plan_version set terms = $3::jsonb where tenant_id = $1 and plan_key = $2',
    [...name, JSON.stringify(terms)],
  )
  return before?.terms
}

/** Terms that the contract can carry and the engine refuses: a price of less than nothing. */
async function breakPlan(shop: Shop, planKey: string): Promise<unknown> {
  const terms = {
    name: planKey,
    currency: 'USD',
    prices: [
      {
        price_key: 'units',
        description: 'Price of units',
        meter_key: 'units',
        per_unit: { unit_amount: '-1' },
      },
    ],
  }
  return await replaceTerms(shop, planKey, terms)
}

/** Terms that can be rated, with a text that no invoice takes. */
async function spoilDescription(shop: Shop, planKey: string): Promise<unknown> {
  const description = 'x'.repeat(501)
  const perUnit = { unit_amount: '1' }
  const price = { price_key: 'units', description, meter_key: 'units', per_unit: perUnit }
  return await replaceTerms(shop, planKey, { name: planKey, currency: 'USD', prices: [price] })
}

async function openShop(): Promise<Shop> {
  const shop = await billing.openShop()
  await shop.createPlan('sound', [unitPrice])
  await shop.createPlan('broken', [unitPrice])
  await shop.subscribeAll(['a-1', 'a-3', 'a-5'], 'sound', JANUARY)
  await shop.subscribeAll(['a-2', 'a-4'], 'broken', JANUARY)
  const events = ['a-1', 'a-2', 'a-3', 'a-4', 'a-5'].map((subject, index) =>
    usageEvent({ id: subject, subject, quantity: String(index + 1) }),
  )
  await shop.record(events)
  return shop
}

describe('items that cannot be billed', () => {
  test('are parked, spare their neighbours and are billed once the plan is repaired', async () => {
    const shop = await openShop()
    const terms = await breakPlan(shop, 'broken')
    const failed = await shop.run('2026-01')
    expect(failed).toMatchObject({
      status: RunStatus.COMPLETED_WITH_FAILURES,
      itemCount: 5n,
      billedCount: 3n,
      failedCount: 2n,
      invoiceCount: 3n,
      totals: [{ amountCents: 9_00n, currency: 'USD' }],
    })
    expect(failed.failures).toMatchObject([
      { accountId: 'a-2', code: 'plan.invalid_price' },
      { accountId: 'a-4', code: 'plan.invalid_price' },
    ])
    expect(await shop.run('2026-01')).toMatchObject({ failedCount: 2n, invoiceCount: 0n })
    await replaceTerms(shop, 'broken', terms)
    expect(await shop.run('2026-01')).toMatchObject({
      status: RunStatus.COMPLETED,
      itemCount: 2n,
      failedCount: 0n,
      invoiceCount: 2n,
      totals: [{ amountCents: 6_00n }],
    })
    expect(await shop.run('2026-01')).toMatchObject({ itemCount: 0n })
    expect(await shop.numbers()).toEqual(numbersUpTo(5))
  })

  test('do not keep the late usage of their neighbours', async () => {
    const shop = await openShop()
    await shop.run('2026-01')
    await shop.record(
      ['a-1', 'a-2'].map((subject) =>
        usageEvent({ id: `late-${subject}`, subject, quantity: '7' }),
      ),
    )
    const terms = await breakPlan(shop, 'broken')
    expect(await shop.run('2026-02')).toMatchObject({
      billedCount: 3n,
      failedCount: 2n,
      adjustmentCount: 1n,
    })
    await replaceTerms(shop, 'broken', terms)
    expect(await shop.run('2026-02')).toMatchObject({ billedCount: 2n, adjustmentCount: 1n })
  })

  test('are parked when their invoice is refused, and billed once it is not', async () => {
    const shop = await openShop()
    const terms = await spoilDescription(shop, 'broken')
    const failed = await shop.run('2026-01')
    expect(failed).toMatchObject({
      status: RunStatus.COMPLETED_WITH_FAILURES,
      billedCount: 3n,
      failedCount: 2n,
      invoiceCount: 3n,
      totals: [{ amountCents: 9_00n, currency: 'USD' }],
    })
    const message = expect.stringContaining('must have 1 to 500 characters')
    expect(failed.failures).toMatchObject([
      { accountId: 'a-2', code: 'request.invalid', message },
      { accountId: 'a-4', code: 'request.invalid', message },
    ])
    await replaceTerms(shop, 'broken', terms)
    expect(await shop.run('2026-01')).toMatchObject({
      status: RunStatus.COMPLETED,
      itemCount: 2n,
      invoiceCount: 2n,
      totals: [{ amountCents: 6_00n }],
    })
    expect(await shop.run('2026-01')).toMatchObject({ itemCount: 0n })
    expect(await shop.numbers()).toEqual(numbersUpTo(5))
    expect((await contentOf(shop)).map(({ account }) => account).toSorted()).toEqual([
      'a-1',
      'a-2',
      'a-3',
      'a-4',
      'a-5',
    ])
  })

  test('are parked when another invoice exists for their period, which stays', async () => {
    const shop = await openShop()
    const { subscriptions } = await billing.client.subscription.listSubscriptions(
      { tenant: shop.tenant, accountId: 'a-2' },
      shop.as,
    )
    const currency = 'USD'
    const nothing = { amountCents: 0n, currency }
    const other = {
      kind: InvoiceKind.PERIOD,
      accountId: 'a-2',
      subscriptionId: subscriptions[0]?.subscriptionId ?? '',
      periodStart: { seconds: BigInt(Date.parse(JANUARY) / 1_000) },
      periodEnd: { seconds: BigInt(Date.parse('2026-02-01T00:00:00Z') / 1_000) },
      subtotal: nothing,
      total: nothing,
      currency,
    }
    const { invoicing } = billing.client
    await invoicing.issueInvoices({ tenant: shop.tenant, invoices: [other] }, shop.as)
    for (const billedCount of [4n, 0n]) {
      const run = await shop.run('2026-01')
      expect(run).toMatchObject({ billedCount, failedCount: 1n, invoiceCount: billedCount })
      expect(run.failures).toMatchObject([{ accountId: 'a-2', code: 'invoice.mismatch' }])
    }
    expect(await shop.invoice('INV-000001')).toMatchObject({ accountId: 'a-2', lines: [] })
    expect(await shop.numbers()).toEqual(numbersUpTo(5))
  })

  test('are parked too when their amount is larger than any invoice', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('sound', [unitPrice])
    const unitAmount = '9'.repeat(20)
    await shop.createPlan('dear', [priceOf('units', { case: 'perUnit', value: { unitAmount } })])
    await shop.subscribeAll(['a-1'], 'sound', JANUARY)
    await shop.subscribeAll(['a-2'], 'dear', JANUARY)
    await shop.record([
      usageEvent({ id: '1', subject: 'a-1', quantity: '3' }),
      usageEvent({ id: '2', subject: 'a-2', quantity: '1000000000000' }),
    ])
    const run = await shop.run('2026-01')
    expect(run).toMatchObject({ billedCount: 1n, failedCount: 1n, invoiceCount: 1n })
    expect(run.failures).toMatchObject([{ accountId: 'a-2' }])
    expect(await contentOf(shop)).toMatchObject([{ account: 'a-1', total: '300 USD' }])
  })
})

describe('values that are no plain numbers, under a meter made after them', () => {
  test.each(['NaN', 'Infinity', '1e3', ' 7 ', '0x10', '1_000', '+5', '.5', ''])(
    '%j is ignored',
    async (odd) => {
      const shop = await billing.openShop()
      await billing.client.metering.createMeter(
        {
          tenant: shop.tenant,
          meter: {
            meterKey: 'seen',
            name: 'Seen',
            eventType: 'view',
            aggregation: Aggregation.COUNT,
          },
        },
        shop.as,
      )
      const values = ['2', odd, '3.5']
      await billing.client.metering.recordEvents(
        {
          tenant: shop.tenant,
          events: values.map((size, index) => ({
            id: String(index),
            type: 'view',
            subject: 'a-1',
            time: { seconds: BigInt(Date.parse('2026-01-10') / 1_000) },
            properties: { size },
          })),
        },
        shop.as,
      )
      await billing.client.metering.createMeter(
        {
          tenant: shop.tenant,
          meter: {
            meterKey: 'size',
            name: 'Size',
            eventType: 'view',
            aggregation: Aggregation.SUM,
            valueProperty: 'size',
          },
        },
        shop.as,
      )
      await shop.createPlan('by-size', [
        priceOf('size', { case: 'perUnit', value: { unitAmount: '1' } }),
      ])
      await shop.subscribe('a-1', 'by-size', JANUARY)
      expect(await shop.run('2026-01')).toMatchObject({ invoiceCount: 1n, failedCount: 0n })
      expect(await contentOf(shop)).toMatchObject([{ total: '550 USD' }])
      expect(await shop.verify('INV-000001')).toMatchObject({ matches: true })
    },
  )
})

test('late usage of many accounts and months is billed whatever its number', async () => {
  const shop = await billing.openShop()
  const keys = ['units', 'calls', 'peak', 'users', 'seats']
  await shop.createPlan(
    'five',
    keys.map((key) => priceOf(key, { case: 'perUnit', value: { unitAmount: '1' } })),
  )
  const accountIds = Array.from({ length: 450 }, (_, index) => `a-${index}`)
  await shop.subscribeAll(accountIds, 'five', JANUARY)
  const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05']
  for (const month of months) await shop.run(month)
  for (const month of months) {
    await shop.record(
      accountIds.map((subject) =>
        usageEvent({ id: `${month}/${subject}`, subject, time: `${month}-05T00:00:00Z` }),
      ),
    )
  }
  const charges = BigInt(accountIds.length * months.length * keys.length)
  expect(await shop.run('2026-06')).toMatchObject({
    adjustmentCount: charges,
    totals: [{ amountCents: charges * 100n }],
  })
})

test('late usage of more accounts than a page holds is billed', async () => {
  const shop = await billing.openShop()
  await shop.createPlan('unit', [unitPrice])
  const accountIds = Array.from({ length: 5_001 }, (_, index) => `a-${index}`)
  await shop.subscribeAll(accountIds, 'unit', JANUARY)
  await shop.run('2026-01')
  await shop.sendLines(accountIds.map((subject) => usageEvent({ id: subject, subject })))
  const run = await shop.run('2026-02')
  expect(run).toMatchObject({ adjustmentCount: 5_001n, totals: [{ amountCents: 5_001_00n }] })
}, 60_000)
