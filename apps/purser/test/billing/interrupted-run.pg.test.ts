import { PurserError } from '@purser/kernel'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf, numbersUpTo } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { unitPrice, usageEvent } from './usage-fixture.ts'

const JANUARY = '2026-01-01T00:00:00Z'
const PRESENT = Temporal.Instant.from('2026-08-15T12:00:00Z')

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())
afterEach(() => {
  billing.present.now = PRESENT
})

async function openShop(accountIds: readonly string[] = ['a-1']): Promise<Shop> {
  const shop = await billing.openShop()
  await shop.createPlan('unit', [unitPrice])
  await shop.subscribeAll(accountIds, 'unit', JANUARY)
  return shop
}

const units = (id: string, quantity: number, time = '2026-01-10T00:00:00Z') =>
  usageEvent({ id, quantity: String(quantity), time })

/** Quantity and amount of every usage and adjustment line by the month of its invoice. */
async function billedLines(shop: Shop): Promise<Record<string, string[]>> {
  const invoices = await contentOf(shop)
  return Object.fromEntries(
    invoices.map(({ start, lines }) => [
      start.slice(0, 7),
      lines.map(({ kind, start: of, amount }) => `${kind} ${of.slice(0, 7)} ${amount}`),
    ]),
  )
}

/** Runs a month while its first attempt to issue invoices is lost: before they are issued, or their answer. */
async function runDying(shop: Shop, month: string, when: 'before' | 'after'): Promise<void> {
  let dead = false
  const die = () => {
    if (dead) return
    dead = true
    throw new PurserError('platform.unavailable', 'the process died')
  }
  const run = billing.interfere({ method: 'issueInvoices', [when]: die }, () => shop.run(month))
  await expect(run).rejects.toThrow('the process died')
}

describe('a run whose process died after invoices were issued', () => {
  test('is finished with the same invoices', async () => {
    const shop = await openShop(['a-1', 'a-2', 'a-3'])
    await shop.record([units('one', 5)])
    await runDying(shop, '2026-01', 'after')
    const invoices = await contentOf(shop)
    expect(await shop.run('2026-01')).toMatchObject({
      invoiceCount: 3n,
      failedCount: 0n,
      totals: [{ amountCents: 5_00n, currency: 'USD' }],
    })
    expect(await contentOf(shop)).toEqual(invoices)
    expect(await shop.numbers()).toEqual(numbersUpTo(3))
  })

  test('bills late usage once', async () => {
    const shop = await openShop()
    await shop.record([units('one', 5)])
    await shop.run('2026-01')
    await shop.record([units('late', 2), units('next', 1, '2026-02-03T00:00:00Z')])
    await runDying(shop, '2026-02', 'after')
    const run = await shop.run('2026-02')
    expect(run).toMatchObject({ failedCount: 0n, adjustmentCount: 1n })
    expect(run.totals).toMatchObject([{ amountCents: 3_00n }])
    expect(await billedLines(shop)).toEqual({
      '2026-01': ['USAGE 2026-01 500'],
      '2026-02': ['USAGE 2026-02 100', 'ADJUSTMENT 2026-01 200'],
    })
  })

  test('bills late usage of a canceled subscription once', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('unit', [unitPrice])
    const subscriptionId = await shop.subscribe('a-1', 'unit', JANUARY)
    billing.present.now = Temporal.Instant.from('2026-01-20T00:00:00Z')
    await shop.cancel(subscriptionId, '2026-01-25T00:00:00Z')
    billing.present.now = PRESENT
    await shop.record([units('one', 5)])
    await shop.run('2026-01')
    await shop.record([units('late', 2)])
    await runDying(shop, '2026-02', 'after')
    const run = await shop.run('2026-02')
    expect(run).toMatchObject({ invoiceCount: 1n, adjustmentCount: 1n, failedCount: 0n })
    expect(run.totals).toMatchObject([{ amountCents: 2_00n }])
    expect(await shop.run('2026-03')).toMatchObject({ invoiceCount: 0n })
    expect(await billedLines(shop)).toEqual({
      '2026-01': ['USAGE 2026-01 500'],
      '2026-02': ['ADJUSTMENT 2026-01 200'],
    })
  })
})

describe('months billed out of order', () => {
  test('late usage of the later month is not forgotten', async () => {
    const shop = await openShop()
    await shop.record([units('march', 5, '2026-03-10T00:00:00Z')])
    await shop.run('2026-03')
    await shop.record([units('late', 2, '2026-03-11T00:00:00Z')])
    await shop.run('2026-02')
    await shop.run('2026-04')
    expect(await billedLines(shop)).toEqual({
      '2026-02': ['USAGE 2026-02 0'],
      '2026-03': ['USAGE 2026-03 500'],
      '2026-04': ['USAGE 2026-04 0', 'ADJUSTMENT 2026-03 200'],
    })
  })

  test('a paused month that goes on later takes nothing back', async () => {
    const shop = await openShop()
    await shop.record([units('one', 5)])
    await shop.run('2026-01')
    await shop.record([units('late', 2)])
    await runDying(shop, '2026-02', 'before')
    await shop.record([units('later', 4)])
    await shop.run('2026-03')
    await shop.run('2026-02')
    expect(await billedLines(shop)).toEqual({
      '2026-01': ['USAGE 2026-01 500'],
      '2026-02': ['USAGE 2026-02 0'],
      '2026-03': ['USAGE 2026-03 0', 'ADJUSTMENT 2026-01 600'],
    })
  })

  test('a paused month that issued before another corrected more keeps what it issued', async () => {
    const shop = await openShop()
    await shop.record([units('one', 5)])
    await shop.run('2026-01')
    await shop.record([units('late', 2)])
    await runDying(shop, '2026-02', 'after')
    await shop.record([units('later', 4)])
    await shop.run('2026-03')
    await shop.run('2026-02')
    expect(await billedLines(shop)).toEqual({
      '2026-01': ['USAGE 2026-01 500'],
      '2026-02': ['USAGE 2026-02 0', 'ADJUSTMENT 2026-01 200'],
      '2026-03': ['USAGE 2026-03 0', 'ADJUSTMENT 2026-01 400'],
    })
  })

  test('late usage of a subscription that a paused month billed after a later one is not forgotten', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('unit', [unitPrice])
    const subscriptionId = await shop.subscribe('a-1', 'unit', JANUARY)
    billing.present.now = Temporal.Instant.from('2026-01-20T00:00:00Z')
    await shop.cancel(subscriptionId, '2026-01-25T00:00:00Z')
    billing.present.now = PRESENT
    await shop.record([units('one', 5)])
    await runDying(shop, '2026-01', 'before')
    await shop.record([units('late', 2)])
    await shop.run('2026-02')
    await shop.run('2026-01')
    await shop.run('2026-03')
    expect(await billedLines(shop)).toEqual({
      '2026-01': ['USAGE 2026-01 500'],
      '2026-03': ['ADJUSTMENT 2026-01 200'],
    })
  })

  test('two months at once correct an earlier one once', async () => {
    const shop = await openShop()
    await shop.record([units('one', 5)])
    await shop.run('2026-01')
    await shop.record([units('late', 2)])
    const reading = Promise.withResolvers<void>()
    let readers = 0
    // Both runs are held once they know what was billed, until the other knows too or cannot.
    const meet = async () => {
      readers += 1
      if (readers === 2) reading.resolve()
      await Promise.race([reading.promise, new Promise((resolve) => setTimeout(resolve, 500))])
    }
    await billing.interfere({ method: 'listBilledLines', after: meet }, () =>
      Promise.all([shop.run('2026-02'), shop.run('2026-03')]),
    )
    const lines = Object.values(await billedLines(shop)).flat()
    expect(lines.filter((line) => line.startsWith('ADJUSTMENT'))).toEqual([
      'ADJUSTMENT 2026-01 200',
    ])
  })
})
