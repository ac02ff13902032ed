import { writeFileSync } from 'node:fs'
import { invoiceDocument } from '../src/domain/invoice-document.ts'
import { renderInvoice } from '../src/pdf/render-invoice.ts'
const P = (a: string, b: string) => ({
  start: Temporal.Instant.from(a),
  end: Temporal.Instant.from(b),
})
const feb = P('2026-01-31T23:00:00Z', '2026-02-28T23:00:00Z'),
  jan = P('2025-12-31T23:00:00Z', '2026-01-31T23:00:00Z')
const base = {
  watermark: 9n,
  eventCount: 10n,
  billedBeforeMinor: 0n,
  billableDays: 0,
  periodDays: 0,
  meterKey: 'm',
  period: feb,
  kind: 'usage' as const,
}
const lines: any[] = [
  {
    ...base,
    kind: 'recurring',
    description: 'Pro plan',
    priceKey: 'b',
    quantity: '1',
    exactAmount: '10',
    amountMinor: 1000n,
    priceJson: '{"model":"flat","amount":"20"}',
    breakdownJson:
      '{"amount":"20","tiers":[{"tier":1,"quantity":"1","unit_amount":"20","flat_amount":"0","amount":"20"}],"adjustments":[]}',
    billableDays: 14,
    periodDays: 28,
  },
  {
    ...base,
    description: 'API calls',
    priceKey: 'c',
    quantity: '125000',
    exactAmount: '95.5',
    amountMinor: 9550n,
    priceJson:
      '{"model":"graduated","tiers":[{"up_to":"1000","unit_amount":"0","flat_amount":"0"},{"up_to":"100000","unit_amount":"0.0008","flat_amount":"0"},{"up_to":null,"unit_amount":"0.0005","flat_amount":"5"}]}',
    breakdownJson:
      '{"amount":"95.5","tiers":[{"tier":1,"quantity":"1000","unit_amount":"0","flat_amount":"0","amount":"0"},{"tier":2,"quantity":"99000","unit_amount":"0.0008","flat_amount":"0","amount":"79.2"},{"tier":3,"quantity":"25000","unit_amount":"0.0005","flat_amount":"5","amount":"17.5"}],"adjustments":[{"kind":"percentage_discount","amount":"-1.2"}]}',
  },
  {
    ...base,
    description: 'Storage',
    priceKey: 's',
    quantity: '12.345678',
    exactAmount: '1.2345678',
    amountMinor: 123n,
    priceJson: '{"model":"per_unit","unit_amount":"0.1"}',
    breakdownJson:
      '{"amount":"1.2345678","tiers":[{"tier":1,"quantity":"12.345678","unit_amount":"0.1","flat_amount":"0","amount":"1.2345678"}],"adjustments":[]}',
  },
  {
    ...base,
    description: 'E-mails',
    priceKey: 'p',
    quantity: '2500',
    exactAmount: '30',
    amountMinor: 3000n,
    priceJson:
      '{"model":"package","package_size":"1000","package_amount":"10","free_quantity":"0","rounding":"up"}',
    breakdownJson:
      '{"amount":"30","tiers":[{"tier":1,"quantity":"3","unit_amount":"10","flat_amount":"0","amount":"30"}],"adjustments":[]}',
  },
  {
    ...base,
    kind: 'adjustment',
    period: jan,
    description: 'API calls',
    priceKey: 'c',
    quantity: '2400',
    exactAmount: '-2',
    amountMinor: -200n,
    billedBeforeMinor: 1400n,
    priceJson: '{"model":"per_unit","unit_amount":"0.005"}',
    breakdownJson:
      '{"amount":"12","tiers":[{"tier":1,"quantity":"2400","unit_amount":"0.005","flat_amount":"0","amount":"12"}],"adjustments":[]}',
  },
]
function inv(ls: any[], over: any = {}): any {
  const sub = ls.reduce((s, l) => s + l.amountMinor, 0n)
  return {
    invoiceId: 'inv_06b2w8k3h5m7n9p1q3r5s7t9v1',
    kind: 'period',
    accountId: 'a',
    subscriptionId: 's',
    period: feb,
    currency: 'USD',
    subtotalMinor: sub,
    taxMinor: 0n,
    totalMinor: sub,
    policy: {
      name: 'standard_v1',
      rounding: 'half_away_from_zero',
      zero_usage: 'charged',
      negative_usage: 'floor_zero',
      volume_free_quantity: 'prepended_tier_cliff',
      subtotal: 'sum_of_rounded_lines',
    },
    planKey: 'pro',
    planVersion: 1,
    planName: 'Pro',
    runId: undefined,
    contentHash: 'ab'.repeat(32),
    createdAt: feb.end,
    finalization: {
      number: 'INV-000042',
      sequence: 42n,
      finalizedAt: Temporal.Instant.from('2026-03-01T02:00:00Z'),
    },
    lines: ls,
    ...over,
  }
}
const parties = {
  seller: {
    name: 'Acme Metering GmbH',
    lines: ['Lindenstraße 5', 'Hof 2', '10969 Berlin', 'DE', 'Tax number DE123456789'],
  },
  buyer: {
    name: 'Zażółć Gęślą Jaźń Sp. z o.o.',
    lines: ['ul. Długa 7', '00-238 Warszawa', 'PL', 'billing@zazolc.example'],
  },
  timeZone: 'Europe/Warsaw',
}
const tiers = Array.from({ length: 100 }, (_, i) => ({
  tier: i + 1,
  quantity: '1000',
  unit_amount: '0.01',
  flat_amount: '0',
  amount: '10',
}))
const long = {
  ...base,
  description:
    'A very long description of a line that goes on and on, with words such as incomprehensibilities and Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsdurchführungsbestimmung, '
      .repeat(2)
      .slice(0, 400),
  priceKey: 'l',
  quantity: '123456789012345678901234567890.123456789012345678',
  exactAmount: '1',
  amountMinor: 123456789012345600n,
  priceJson: JSON.stringify({
    model: 'graduated',
    tiers: tiers.map((t) => ({
      up_to: t.tier === 100 ? null : String(t.tier * 1000),
      unit_amount: '0.01',
    })),
  }),
  breakdownJson: JSON.stringify({ amount: '1', tiers, adjustments: [] }),
}
const out: Record<string, any> = {
  plain: [inv(lines), parties],
  many: [
    inv([
      ...Array.from({ length: 60 }, (_, i) => ({
        ...lines[i % 5],
        description: `${lines[i % 5].description} ${i}`,
      })),
      long,
    ]),
    parties,
  ],
  credit: [
    inv([lines[4]], { currency: 'JPY' }),
    {
      ...parties,
      seller: { name: 'S'.repeat(90) + ' ' + 'W'.repeat(100), lines: ['x '.repeat(100)] },
      buyer: { name: 'B'.repeat(150), lines: ['very long address line '.repeat(8)] },
    },
  ],
  empty: [inv([]), parties],
}
for (const [n, [i, p]] of Object.entries(out)) {
  const t = performance.now()
  const b = await renderInvoice(invoiceDocument(i, p))
  console.log(n, b.length, (performance.now() - t).toFixed(0))
  writeFileSync(`/tmp/pdfx/${n}.pdf`, b)
}
