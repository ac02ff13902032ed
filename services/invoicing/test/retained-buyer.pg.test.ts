import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Invoicing, invoiceOf, NOW, startInvoicing } from './invoicing-harness.ts'
import { textOfPdf } from './pdf-text.ts'

let invoicing: Invoicing
const present = { now: NOW }
const account: { name?: string; email?: string; eraseTime?: ReturnType<typeof toProtoTimestamp> } =
  {}

beforeAll(async () => {
  invoicing = await startInvoicing({ clock: { now: () => present.now }, account })
})
afterAll(() => invoicing.close())

const erase = (tenant: string) =>
  invoicing.client.erasePersonalData({ tenant, accountIds: ['acct-a'] }, invoicing.as(tenant))

const eraseAtUser = () =>
  Object.assign(account, { name: 'erased', email: '', eraseTime: toProtoTimestamp(NOW) })

async function buyerPrinted(tenant: string): Promise<string> {
  const request = { tenant, invoice: 'INV-000001' }
  const file = await invoicing.client.getInvoicePdf(request, invoicing.as(tenant))
  return textOfPdf(file.data).join('\n')
}

test('an invoice names its buyer after the erasure, for ten years after the last one', async () => {
  const { client, as } = invoicing
  await client.issueInvoices({ tenant: 'acme', invoices: [invoiceOf('a')] }, as('acme'))
  const { kept } = await erase('acme')
  expect(kept).toMatchObject([
    { kind: 'invoices with the name and address of the buyer', count: 1n },
  ])
  const [first] = kept
  if (first?.keepUntil === undefined) throw new Error('the buyer is kept without an end')
  expect(fromProtoTimestamp(first.keepUntil).toString()).toBe('2037-01-01T00:00:00Z')

  eraseAtUser()
  const again = await erase('acme')
  expect(again.kept).toEqual(kept)
  const printed = await buyerPrinted('acme')
  expect(printed).toContain('Zażółć Sp. z o.o.')
  expect(printed).not.toContain('billing@zazolc.example')

  present.now = fromProtoTimestamp(first.keepUntil).subtract({ nanoseconds: 1_000 })
  expect((await erase('acme')).erasedCount).toBe(0n)
  present.now = fromProtoTimestamp(first.keepUntil)
  const last = await erase('acme')
  expect(last).toMatchObject({ erasedCount: 1n, kept: [{ kind: 'invoices without a name' }] })
  expect(last.kept[0]?.keepUntil).toBeUndefined()
  expect(await buyerPrinted('acme')).not.toContain('Zażółć')
  expect(await erase('acme')).toMatchObject({ erasedCount: 0n, kept: [{ count: 1n }] })
})

test('a buyer without an invoice waits 90 days for one, and no longer', async () => {
  Object.assign(account, { name: 'Someone', eraseTime: undefined })
  present.now = NOW
  const { kept } = await erase('globex')
  expect(kept).toMatchObject([{ count: 0n }])
  eraseAtUser()
  present.now = NOW.add({ hours: 89 * 24 })
  expect((await erase('globex')).kept).toEqual(kept)
  present.now = NOW.add({ hours: 90 * 24 })
  expect(await erase('globex')).toMatchObject({ erasedCount: 1n, kept: [] })
  expect(await erase('globex')).toMatchObject({ erasedCount: 0n, kept: [] })
})

test('an export tells invoices with their lines, page by page', async () => {
  const { client, as } = invoicing
  const invoices = Array.from({ length: 201 }, (_, index) =>
    invoiceOf(`sub-${index}`, { accountId: 'acct-many' }),
  )
  await client.issueInvoices({ tenant: 'initech', invoices }, as('initech'))
  const request = { tenant: 'initech', accountIds: ['acct-many'] }
  const first = await client.exportPersonalData(request, as('initech'))
  const { nextPageToken: pageToken } = first
  const second = await client.exportPersonalData({ ...request, pageToken }, as('initech'))
  expect([first.records.length, second.records.length]).toEqual([200, 1])
  expect(second.nextPageToken).toBe('')
  const [record] = first.records
  expect(JSON.parse(record?.json ?? '')).toMatchObject({ total_minor: 2950, lines: [{}, {}] })
})
