import { describe, expect, test } from 'vitest'
import type { SaleContent, SaleLine } from './sale.ts'
import { saleHash } from './sale-hash.ts'

const line: SaleLine = {
  lineNumber: 1,
  kind: 'goods',
  description: 'Mug',
  sku: 'mug',
  quantity: 2n,
  unitMinor: 1_000n,
  discountMinor: 100n,
  amountMinor: 1_900n,
  taxCategory: 'standard',
  taxes: [{ name: 'VAT', percent: '19', taxableMinor: 1_900n, taxMinor: 361n }],
  subscriptionId: '',
  startsAt: undefined,
  creditedLineNumber: undefined,
}

const content: SaleContent = {
  kind: 'order',
  accountId: 'acct',
  orderId: 'ord',
  paymentId: 'pay',
  refundId: undefined,
  creditedInvoiceId: undefined,
  reason: '',
  currency: 'EUR',
  taxIncluded: false,
  subtotalMinor: 1_900n,
  taxMinor: 361n,
  totalMinor: 2_261n,
  policy: { tax: 'per_line_v1' },
  lines: [line],
}

const changesOfTerms: { [Field in keyof SaleContent]: SaleContent[Field] } = {
  kind: 'credit',
  accountId: '',
  orderId: 'or',
  paymentId: '',
  refundId: 'ref',
  creditedInvoiceId: 'inv',
  reason: 'broken',
  currency: 'USD',
  taxIncluded: true,
  subtotalMinor: 1_901n,
  taxMinor: 360n,
  totalMinor: 2_262n,
  policy: { tax: 'per_line_v2' },
  lines: [],
}

const changesOfLine: { [Field in keyof SaleLine]: SaleLine[Field] } = {
  lineNumber: 2,
  kind: 'shipping',
  description: 'Mugs',
  sku: 'mugs',
  quantity: 1n,
  unitMinor: 1_001n,
  discountMinor: 99n,
  amountMinor: 1_901n,
  taxCategory: 'reduced',
  taxes: [{ name: 'VAT', percent: '20', taxableMinor: 1_900n, taxMinor: 361n }],
  subscriptionId: 'sub',
  startsAt: Temporal.Instant.from('2026-03-01T00:00:00Z'),
  creditedLineNumber: 1,
}

describe('the hash of a sale', () => {
  test('never changes its form: invoices stored long ago must still prove themselves', () => {
    expect(saleHash(content)).toBe(
      '3e1eb6b79df17dd2b2c047f6e48ce17557d8113c95996e9a4c38ddd0f5d96300',
    )
  })

  test.each(Object.entries(changesOfTerms))('follows %s of the invoice', (field, value) => {
    expect(saleHash({ ...content, [field]: value })).not.toBe(saleHash(content))
  })

  test.each(Object.entries(changesOfLine))('follows %s of a line', (field, value) => {
    const changed = { ...content, lines: [{ ...line, [field]: value }] }
    expect(saleHash(changed)).not.toBe(saleHash(content))
  })
})
