import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import type { Shop } from './shop.ts'
import { everyPrice, usageEvent } from './usage-fixture.ts'

let billing: Billing
let shop: Shop
beforeAll(async () => {
  billing = await startBilling()
  shop = await billing.openShop()
  await shop.createPlan('all', everyPrice)
  await shop.subscribe('a-1', 'all', '2026-01-01T00:00:00Z')
  await shop.record([
    usageEvent({ id: '1', quantity: '12.5', properties: { user: 'a', level: '7', seats: '3' } }),
    // An empty text is a user as well.
    usageEvent({ id: '2', quantity: '0.25', properties: { user: '', level: '9', seats: '4' } }),
  ])
  await shop.run('2026-01')
  await shop.record([
    usageEvent({ id: 'late', properties: { user: 'c', level: '11', seats: '5' } }),
  ])
  await shop.run('2026-02')
})
afterAll(() => billing.close())

/** Verifies both invoices while a stored row is changed, and puts it back. */
async function whileChanged(change: string, undo: string) {
  await billing.adminQuery(change)
  try {
    return [await shop.verify('INV-000001'), await shop.verify('INV-000002')] as const
  } finally {
    await billing.adminQuery(undo)
  }
}

const january = (id: string) =>
  `where tenant_id = '${shop.tenant}' and source = 'test' and event_id = '${id}'`

const wrongPrices = ({ lines }: Awaited<ReturnType<Shop['verify']>>) =>
  lines.filter((line) => !line.matches).map((line) => line.lineNumber)

describe('verification', () => {
  test('derives every line again', async () => {
    const first = await shop.verify('INV-000001')
    expect(first).toMatchObject({ matches: true, eventCount: 10n })
    expect(first.lines.length).toBe(everyPrice.length)
    const second = await shop.verify('INV-000002')
    expect(second).toMatchObject({ matches: true, eventCount: 15n })
    expect(second.lines.length).toBe(everyPrice.length + 5)
  })

  test('reports a changed quantity on the lines that it reaches', async () => {
    const [first, second] = await whileChanged(
      `update metering.usage_event set quantity = 12.51 ${january('1')}`,
      `update metering.usage_event set quantity = 12.5 ${january('1')}`,
    )
    expect(first.matches).toBe(false)
    expect(wrongPrices(first)).toEqual([2])
    expect(first.lines[1]).toMatchObject({ storedQuantity: '12.75', derivedQuantity: '12.76' })
    expect(second.matches).toBe(false)
    expect(wrongPrices(second).length).toBe(1)
  })

  test('reports an event that is gone', async () => {
    const [first] = await whileChanged(
      `update metering.usage_event set tenant_id = 'nobody' ${january('2')}`,
      `update metering.usage_event set tenant_id = '${shop.tenant}' where tenant_id = 'nobody'`,
    )
    expect(wrongPrices(first)).toEqual([2, 3, 4, 5, 6])
  })

  test('reports an event that was slipped in below the watermark', async () => {
    const [first, second] = await whileChanged(
      `update metering.usage_event set batch = 0 ${january('late')}`,
      `update metering.usage_event set batch = (select max(batch) + 1 from metering.usage_event
       where event_id <> 'late') ${january('late')}`,
    )
    expect(first.matches).toBe(false)
    expect(second.matches).toBe(true)
  })

  test('refuses an invoice that is not there', async () => {
    await expect(shop.verify('INV-000009')).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

describe('another tenant', () => {
  test('reads, counts, verifies and bills nothing of it', async () => {
    const other = await billing.openShop()
    const { tenant } = other
    const [run] = (await billing.client.billing.listRuns({ tenant: shop.tenant }, shop.as)).runs
    const [invoice] = await shop.invoices()
    const runId = run?.runId ?? ''
    const { billing: runs, invoicing } = billing.client
    const notFound = { code: 'resource.not_found' }
    await expect(runs.getRun({ tenant, runId }, other.as)).rejects.toMatchObject(notFound)
    for (const name of [invoice?.number ?? '', invoice?.invoiceId ?? '']) {
      await expect(other.invoice(name)).rejects.toMatchObject(notFound)
      await expect(other.verify(name)).rejects.toMatchObject(notFound)
    }
    expect((await runs.listRuns({ tenant }, other.as)).runs).toEqual([])
    expect(await other.invoices()).toEqual([])
    expect((await invoicing.listInvoices({ tenant, runId }, other.as)).invoices).toEqual([])
    expect((await invoicing.summarizeInvoices({ tenant }, other.as)).summaries).toEqual([])
    expect(await other.run('2026-01')).toMatchObject({ itemCount: 0n, processedCount: 0n })
    const request = { tenant, subscriptionIds: [invoice?.subscriptionId ?? ''] }
    const { lines } = await invoicing.listBilledLines(
      { ...request, periodEndsUntil: { seconds: 4_000_000_000n } },
      other.as,
    )
    expect(lines).toEqual([])
  })

  test('is to this one as if it were not there', async () => {
    const other = await billing.openShop()
    const notFound = { code: 'resource.not_found' }
    const { tenant } = shop
    const { billing: runs, invoicing } = billing.client
    await expect(runs.listRuns({ tenant }, other.as)).rejects.toMatchObject(notFound)
    await expect(runs.startRun({ tenant }, other.as)).rejects.toMatchObject(notFound)
    await expect(
      runs.verifyInvoice({ tenant, invoice: 'INV-000001' }, other.as),
    ).rejects.toMatchObject(notFound)
    await expect(invoicing.listInvoices({ tenant }, other.as)).rejects.toMatchObject(notFound)
  })

  test('has numbers of its own for the same accounts, events and ids', async () => {
    const other = await billing.openShop()
    await other.createPlan('all', everyPrice)
    await other.subscribe('a-1', 'all', '2026-01-01T00:00:00Z')
    expect(await other.record([usageEvent({ id: '1' })])).toBe(1)
    await other.run('2026-01')
    expect(await other.numbers()).toEqual(['INV-000001'])
    expect(await other.verify('INV-000001')).toMatchObject({ matches: true, eventCount: 5n })
  })
})
