import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { creditNote } from './credit.ts'
import { invoiceOf, type Refund, type Sale, type SaleContent, type SaleLine } from './sale.ts'
import { type TaxRate, taxesOn } from './tax.ts'

type Bought = { unitMinor: bigint; quantity: bigint; percents: number[] }

function saleOf(bought: readonly Bought[], taxIncluded: boolean): Sale {
  const lines = bought.map(({ unitMinor, quantity, percents }, index): SaleLine => {
    const amountMinor = unitMinor * quantity
    const rates = percents.map(
      (percent, place): TaxRate => ({
        name: `tax ${place}`,
        regionKey: '',
        taxCategory: 'standard',
        percent: `${percent}`,
        validFrom: undefined,
      }),
    )
    return {
      lineNumber: index + 1,
      kind: 'goods',
      description: 'Thing',
      sku: `thing-${index}`,
      quantity,
      unitMinor,
      discountMinor: 0n,
      amountMinor,
      taxCategory: 'standard',
      taxes: taxesOn(amountMinor, rates, { pricesIncludeTax: taxIncluded }),
      subscriptionId: '',
      startsAt: undefined,
      creditedLineNumber: undefined,
    }
  })
  const order = { accountId: '', orderId: 'ord', paymentId: 'pay', currency: 'EUR', taxIncluded }
  const at = Temporal.Instant.from('2026-03-01T00:00:00Z')
  return {
    ...invoiceOf({ ...order, lines }),
    invoiceId: 'inv',
    contentHash: '',
    createdAt: at,
    finalization: { number: 'INV-000001', sequence: 1n, finalizedAt: at },
  }
}

const refundOf = (amountMinor: bigint, lineNumbers: number[] = []): Refund => {
  return { refundId: 'ref', amountMinor, lineNumbers, reason: '' }
}

const bought = fc.record({
  unitMinor: fc.bigInt(0n, 100_000n),
  quantity: fc.bigInt(1n, 5n),
  percents: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 }),
})
const order = fc.array(bought, { minLength: 1, maxLength: 6 })

describe('credit notes', () => {
  test('whatever is refunded in which parts, never take back more than each line and tax says, and in the end all', () => {
    const parts = fc.array(
      fc.record({
        share: fc.integer({ min: 1, max: 100 }),
        lines: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(order, fc.boolean(), parts, (lines, taxIncluded, wanted) => {
        const invoice = saleOf(lines, taxIncluded)
        const credited: SaleLine[] = []
        let left = invoice.totalMinor
        const take = (amountMinor: bigint, lineNumbers: number[]) => {
          if (amountMinor === 0n) return
          const credit = creditNote(invoice, credited, refundOf(amountMinor, lineNumbers))
          expect(credit?.totalMinor).toBe(-amountMinor)
          expectSound(credit as SaleContent)
          credited.push(...(credit?.lines ?? []))
          left -= amountMinor
        }
        for (const { share, lines: meant } of wanted) take((left * BigInt(share)) / 100n, meant)
        take(left, [])
        expect(creditNote(invoice, credited, refundOf(1n))).toBeUndefined()
        expectAllTakenBack(invoice, credited)
      }),
    )
  })

  test('take from the lines they are for first, taxes and all, and from the others what exceeds them', () => {
    const line = { unitMinor: 1_000n, quantity: 1n, percents: [20] }
    const invoice = saleOf([line, line], false)
    const one = creditNote(invoice, [], refundOf(1_200n, [2]))
    expect(one?.lines).toMatchObject([
      {
        creditedLineNumber: 2,
        amountMinor: -1_000n,
        taxes: [{ taxMinor: -200n, taxableMinor: -1_000n }],
      },
    ])
    const both = creditNote(invoice, [], refundOf(1_201n, [2]))
    expect(both?.lines.map(({ creditedLineNumber }) => creditedLineNumber)).toEqual([1, 2])
    expect(both?.totalMinor).toBe(-1_201n)
  })

  test('take nothing from an invoice of nothing', () => {
    const invoice = saleOf([{ unitMinor: 0n, quantity: 1n, percents: [20] }], false)
    expect(creditNote(invoice, [], refundOf(1n))).toBeUndefined()
  })
})

/** No part of a credit note is above zero, and its parts add up. */
function expectSound({ lines, subtotalMinor, taxMinor, totalMinor, taxIncluded }: SaleContent) {
  let [amounts, taxes] = [0n, 0n]
  for (const line of lines) {
    expect(line.amountMinor <= 0n).toBe(true)
    expect(line.unitMinor * line.quantity - line.discountMinor).toBe(line.amountMinor)
    expect(line.taxes.every((tax) => tax.taxMinor <= 0n && tax.taxableMinor <= 0n)).toBe(true)
    amounts += line.amountMinor
    taxes += line.taxes.reduce((sum, tax) => sum + tax.taxMinor, 0n)
  }
  expect([subtotalMinor, taxMinor]).toEqual([amounts, taxes])
  expect(totalMinor).toBe(amounts + (taxIncluded ? 0n : taxes))
}

/** Each line, and each of its taxes, has been taken back to the unit. */
function expectAllTakenBack(invoice: Sale, credited: readonly SaleLine[]) {
  for (const line of invoice.lines) {
    const own = credited.filter((each) => each.creditedLineNumber === line.lineNumber)
    const amounts = own.reduce((sum, { amountMinor }) => sum + amountMinor, line.amountMinor)
    expect(amounts).toBe(0n)
    line.taxes.forEach((tax, index) => {
      const left = own.reduce(
        (sum, each) => sum + (each.taxes[index]?.taxMinor ?? 0n),
        tax.taxMinor,
      )
      expect(left).toBe(0n)
    })
  }
}
