import { allocate } from '@purser/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckoutFacts } from './checkout.ts'
import { type OrderLine, paidOfUnits } from './order.ts'
import { replaceAlike } from './replace-alike.ts'
import { taxTotal } from './tax.ts'

const taxOf = (taxMinor: bigint) => ({ name: 'Tax', percent: '6.25', taxableMinor: 0n, taxMinor })

function lineOf(unitMinor: bigint, quantity: number, taxes: bigint[], returnedQuantity = 0) {
  const paidMinor = unitMinor * BigInt(quantity)
  const chargedMinor = paidMinor + taxes.reduce((sum, each) => sum + each, 0n)
  const known = { itemId: 'var_1', unitMinor, quantity, paidMinor, chargedMinor, returnedQuantity }
  return { ...known, taxes: taxes.map(taxOf) } as unknown as OrderLine
}

/** A replacement whose own tax, of one unit, is another. */
function replacementOf(line: OrderLine, quantity: number, ownMinor: bigint) {
  const goods = [{ itemId: line.itemId, unitMinor: line.unitMinor, quantity }]
  const taxes = { isIncluded: false, goods: [[taxOf(ownMinor)]], shipping: [] }
  const totals = { shippingMinor: 0n, totalMinor: line.unitMinor * BigInt(quantity) + ownMinor }
  return { goods, taxes, totals, discountMinor: 0n } as unknown as CheckoutFacts
}

test('one of two for one: 87 of the tax of 175 come back, and the replacement bears 87', () => {
  const line = lineOf(1_400n, 2, [175n])
  const { totals, taxes } = replaceAlike(replacementOf(line, 1, 88n), [{ line, quantity: 1 }])
  expect(totals?.totalMinor).toBe(1_487n)
  expect(taxes?.goods).toEqual([[{ ...taxOf(87n), taxableMinor: 1_400n }]])
})

test('like for like costs nothing, in whatever parts, and all taxes of the line go on', () => {
  const arbitrary = fc.record({
    unitMinor: fc.bigInt(0n, 10n ** 9n),
    taxMinor: fc.bigInt(0n, 10n ** 8n),
    weights: fc.array(fc.bigInt(1n, 100n), { minLength: 1, maxLength: 3 }),
    parts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  })
  fc.assert(
    fc.property(arbitrary, ({ unitMinor, taxMinor, weights, parts }) => {
      const quantity = parts.reduce((sum, each) => sum + each, 0)
      let [returned, borneMinor] = [0, 0n]
      for (const units of parts) {
        const line = lineOf(unitMinor, quantity, allocate(taxMinor, weights), returned)
        const facts = replacementOf(line, units, taxMinor + 1n)
        const { totals, taxes } = replaceAlike(facts, [{ line, quantity: units }])
        expect(totals?.totalMinor).toBe(paidOfUnits(line, units))
        borneMinor += taxTotal(taxes?.goods.flat() ?? [])
        returned += units
      }
      expect(borneMinor).toBe(taxMinor)
    }),
  )
})

test('another price, another number of units and prices that include taxes are taxed as ever', () => {
  const line = lineOf(1_400n, 2, [175n])
  const facts = replacementOf(line, 1, 88n)
  const paidLess = { ...line, paidMinor: line.paidMinor - 1n }
  const dearer = { ...line, unitMinor: line.unitMinor - 1n }
  const others = [
    { line: paidLess, quantity: 1 },
    { line: dearer, quantity: 1 },
    { line, quantity: 2 },
  ]
  for (const other of others) expect(replaceAlike(facts, [other]).taxes).toEqual(facts.taxes)
  const isIncluded = { ...facts, taxes: { isIncluded: true, goods: [[taxOf(88n)]], shipping: [] } }
  expect(replaceAlike(isIncluded, [{ line, quantity: 1 }]).taxes).toEqual(isIncluded.taxes)
})
