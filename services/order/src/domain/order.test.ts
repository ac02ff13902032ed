import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type OrderLine, paidOfLines, paidOfUnits } from './order.ts'

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)

test('a discount is shared out to the last cent, and no line pays less than nothing', () => {
  const prices = fc.array(fc.bigInt(0n, 10n ** 9n), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(prices, fc.integer({ min: 0, max: 100 }), (each, percent) => {
      const discount = (sum(each) * BigInt(percent)) / 100n
      const paid = paidOfLines(each, discount)
      expect(sum(paid)).toBe(sum(each) - discount)
      paid.forEach((amount, index) => {
        expect(amount >= 0n && amount <= (each[index] ?? 0n)).toBe(true)
      })
    }),
  )
})

test('whatever the parts in which units come back, they add up to what was paid', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 9n), parts, (paidMinor, quantities) => {
      const quantity = quantities.reduce((total, each) => total + each, 0)
      let returnedQuantity = 0
      const amounts = quantities.map((units) => {
        const line = { chargedMinor: paidMinor, quantity, returnedQuantity } as OrderLine
        returnedQuantity += units
        return paidOfUnits(line, units)
      })
      expect(sum(amounts)).toBe(paidMinor)
      expect(amounts.every((amount) => amount >= 0n)).toBe(true)
    }),
  )
})
