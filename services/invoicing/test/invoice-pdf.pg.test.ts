import { createHash } from 'node:crypto'
import { InvoiceStatus } from '@purser/contracts/invoicing/v1/invoicing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adjustmentLine,
  flatLine,
  type Invoicing,
  invoiceOf,
  type NewInvoice,
  period,
  startInvoicing,
  usageLine,
  usd,
} from './invoicing-harness.ts'
import { textOfPdf } from './pdf-text.ts'

/** February and January in the tenant's own zone, Europe/Warsaw. */
const FEBRUARY = period('2026-01-31T23:00:00Z', '2026-02-28T23:00:00Z')
const JANUARY = period('2025-12-31T23:00:00Z', '2026-01-31T23:00:00Z')

let invoicing: Invoicing

beforeAll(async () => {
  invoicing = await startInvoicing()
})
afterAll(() => invoicing.close())

async function pdfOf(tenant: string, invoice: NewInvoice): Promise<Uint8Array> {
  const { client, as } = invoicing
  await client.issueInvoices({ tenant, invoices: [invoice] }, as(tenant))
  const file = await client.getInvoicePdf({ tenant, invoice: 'INV-000001' }, as(tenant))
  expect(file.contentType).toBe('application/pdf')
  return file.data
}

describe('the file of an invoice', () => {
  test('names both sides, the bill and how it came about', async () => {
    const lines = [
      flatLine({ ...FEBRUARY, billableDays: 14, amount: usd(10_00n), exactAmount: '10' }),
      usageLine(FEBRUARY),
      adjustmentLine(JANUARY),
    ]
    const invoice = invoiceOf('a', { ...FEBRUARY, lines, tax: usd(4_95n), total: usd(26_45n) })
    const [page = '', ...others] = textOfPdf(await pdfOf('whole', invoice))
    expect(others).toEqual([])
    const texts = page.split('\n')
    expect(texts).toEqual(
      expect.arrayContaining([
        'Acme Metering GmbH',
        'Lindenstraße 5',
        '10969 Berlin',
        'Tax number DE123456789',
        'INV-000001',
        'Zażółć Sp. z o.o.',
        '00-238 Warszawa',
        'billing@zazolc.example',
        '1 Mar 2026',
        '1 – 28 Feb 2026',
        'Pro plan',
        '14 of 28 days',
        'API calls',
        '1,900',
        'tiered',
        'Tier 1, up to 1,000: 1,000 × 0.005 = 5.00',
        'Tier 2, above 1,000: 900 × 0.005 = 4.50',
        'Adjustment of an earlier period',
        '1 – 31 Jan 2026',
        '12.00 for all usage known now, 10.00 billed before',
        '21.50',
        '4.95',
        'USD 26.45',
        'Page 1 of 1',
      ]),
    )
    expect(page).toContain('rounded half away from zero')
    expect(page).toMatch(/Verify: .* Invoice inv_[0-9a-z]{26}, content [0-9a-f]{16}\./)
  })

  test('is the same, byte for byte, by number and by identifier', async () => {
    const first = await pdfOf('same', invoiceOf('a'))
    const { client, as } = invoicing
    const request = { tenant: 'same', invoice: 'INV-000001' }
    const { invoiceId } = await client.getInvoice(request, as('same'))
    for (const invoice of ['INV-000001', invoiceId]) {
      const again = await client.getInvoicePdf({ tenant: 'same', invoice }, as('same'))
      expect(hashOf(again.data)).toBe(hashOf(first))
    }
  })

  test('has as many pages as it takes, each numbered', async () => {
    const wide = usageLine({
      description: 'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(9).trim(),
      quantity: `${'9'.repeat(60)}.${'1'.repeat(30)}`,
      breakdownJson: '{"tiers":[]}',
    })
    const lines = Array.from({ length: 80 }, (_, index) => usageLine({ priceKey: `p${index}` }))
    const pages = textOfPdf(await pdfOf('long', invoiceOf('a', { lines: [...lines, wide] })))
    expect(pages.length).toBeGreaterThan(3)
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`)
      if (index > 0) expect(page.startsWith('Invoice INV-000001\n')).toBe(true)
    }
    const names = pages.join('\n').match(/^API calls$/gm)
    expect(names).toHaveLength(80)
    expect(pages.at(-1)).toContain('USD 769.50')
  })

  test('of a credit says in whose favor it is', async () => {
    const jpy = (amountCents: bigint) => ({ amountCents, currency: 'JPY' })
    const lines = [adjustmentLine({ amount: jpy(-1_200n), billedBeforeCents: 2_400n })]
    const [page] = textOfPdf(await pdfOf('credit', invoiceOf('a', { currency: 'JPY', lines })))
    expect(page?.split('\n')).toEqual(
      expect.arrayContaining(['Credit', 'In your favor', 'JPY 1,200', '−1,200']),
    )
  })
})

describe('refusals', () => {
  test('a draft has no file', async () => {
    const { client, as } = invoicing
    const request = { tenant: 'draft', invoices: [invoiceOf('a')], keepDrafts: true }
    await client.issueInvoices(request, as('draft'))
    const { invoices } = await client.listInvoices({ tenant: 'draft' }, as('draft'))
    const [draft] = invoices
    expect(draft?.status).toBe(InvoiceStatus.DRAFT)
    const call = client.getInvoicePdf(
      { tenant: 'draft', invoice: draft?.invoiceId ?? '' },
      as('draft'),
    )
    await expect(call).rejects.toMatchObject({ code: 'invoice.not_finalized' })
  })

  test('an invoice of another tenant is not found', async () => {
    await pdfOf('mine', invoiceOf('a'))
    const { client, as } = invoicing
    const call = client.getInvoicePdf({ tenant: 'yours', invoice: 'INV-000001' }, as('yours'))
    await expect(call).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
