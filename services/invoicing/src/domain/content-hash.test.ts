import { describe, expect, test } from 'vitest'
import { contentHash } from './content-hash.ts'
import type { InvoiceContent, InvoiceLine } from './invoice.ts'

const period = {
  start: Temporal.Instant.from('2026-02-01T00:00:00Z'),
  end: Temporal.Instant.from('2026-03-01T00:00:00Z'),
}

const line: InvoiceLine = {
  lineNumber: 1,
  kind: 'usage',
  description: 'API calls',
  priceKey: 'calls',
  meterKey: 'requests',
  quantity: '100',
  exactAmount: '1',
  amountMinor: 100n,
  period,
  watermark: 7n,
  eventCount: 3n,
  priceJson: '{"model":"per_unit"}',
  breakdownJson: '{"tiers":[]}',
  billedBeforeMinor: 0n,
  billableDays: 0,
  periodDays: 0,
}

const content: InvoiceContent = {
  kind: 'period',
  accountId: 'acct',
  subscriptionId: 'sub',
  period,
  currency: 'USD',
  subtotalMinor: 100n,
  taxMinor: 0n,
  totalMinor: 100n,
  policy: { name: 'standard_v1', rounding: 'half_even' },
  planKey: 'pro',
  planVersion: 1,
  planName: 'Pro',
  lines: [line],
}

const other = { start: period.start, end: period.end.add({ nanoseconds: 1_000 }) }

const changesOfTerms: { [Field in keyof InvoiceContent]: InvoiceContent[Field] } = {
  kind: 'adjustment',
  accountId: 'acc',
  subscriptionId: 'tsub',
  period: other,
  currency: 'EUR',
  subtotalMinor: 101n,
  taxMinor: 1n,
  totalMinor: 101n,
  policy: { name: 'standard_v1', rounding: 'half_up' },
  planKey: 'pro2',
  planVersion: 2,
  planName: 'Pro 2',
  lines: [],
}

const changesOfLine: { [Field in keyof Omit<InvoiceLine, 'watermark'>]: InvoiceLine[Field] } = {
  lineNumber: 2,
  kind: 'adjustment',
  description: 'API call',
  priceKey: 'call',
  meterKey: undefined,
  quantity: '101',
  exactAmount: '1.001',
  amountMinor: -100n,
  period: other,
  eventCount: 4n,
  priceJson: '{"model": "per_unit"}',
  breakdownJson: '{}',
  billedBeforeMinor: 1n,
  billableDays: 1,
  periodDays: 1,
}

describe('the hash', () => {
  test('is 64 hex digits, the same for the same content in new objects', () => {
    expect(contentHash(content)).toMatch(/^[0-9a-f]{64}$/)
    const { rounding = '', name = '' } = content.policy
    const start = Temporal.Instant.from(period.start.toString())
    const again = { ...content, period: { ...period, start }, policy: { rounding, name } }
    expect(contentHash(again)).toBe(contentHash(content))
  })

  test('never changes its form: invoices stored long ago must still prove themselves', () => {
    expect(contentHash(content)).toBe(
      'b845eb8ef62cf375919983b3414ab3311447289bcca0538033eab3cf47a2083f',
    )
  })

  test('leaves the watermark out', () => {
    expect(contentHash({ ...content, lines: [{ ...line, watermark: 8n }] })).toBe(
      contentHash(content),
    )
  })

  test.each(Object.entries(changesOfTerms))('follows %s of the invoice', (field, value) => {
    expect(contentHash({ ...content, [field]: value })).not.toBe(contentHash(content))
  })

  test.each(Object.entries(changesOfLine))('follows %s of a line', (field, value) => {
    const changed = { ...content, lines: [{ ...line, [field]: value }] }
    expect(contentHash(changed)).not.toBe(contentHash(content))
  })

  test('follows the order of the lines', () => {
    const second = { ...line, lineNumber: 2, priceKey: 'more' }
    const lines = [line, second]
    expect(contentHash({ ...content, lines })).not.toBe(
      contentHash({ ...content, lines: lines.toReversed() }),
    )
  })
})
