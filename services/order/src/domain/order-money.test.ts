import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refundableMinor, type Share } from './order.ts'
import { sharesOf, sumOfShares, takeFrom } from './order-money.ts'

const amount = fc.bigInt(0n, 10_000n)
const sharesArbitrary = fc
  .array(amount, { minLength: 1, maxLength: 4 })
  .map((amounts) => amounts.map((amountMinor, at) => ({ paymentId: `pay_${at}`, amountMinor })))

test('what is taken is what was asked for, or all there is; each share gives at most what it has', () => {
  fc.assert(
    fc.property(sharesArbitrary, amount, (shares, wanted) => {
      const taken = takeFrom(shares, wanted)
      const all = sumOfShares(shares)
      expect(sumOfShares(taken)).toBe(wanted < all ? wanted : all)
      for (const { paymentId, amountMinor } of taken) {
        const has = shares.find((share) => share.paymentId === paymentId)?.amountMinor ?? 0n
        expect(amountMinor > 0n && amountMinor <= has).toBe(true)
      }
    }),
  )
})

test('whatever becomes of an order’s money, its shares add up to what can be given back', () => {
  const move = fc.record({
    kind: fc.constantFrom(
      'open' as const,
      'succeeded' as const,
      'failed' as const,
      'exchanged' as const,
    ),
    amount,
  })
  fc.assert(
    fc.property(sharesArbitrary, fc.array(move, { maxLength: 8 }), ([own, ...credits], moves) => {
      const order = {
        paymentId: own?.paymentId ?? '',
        paidMinor: sumOfShares([...(own ? [own] : []), ...credits]),
        credits,
        creditMinor: sumOfShares(credits),
        refundedMinor: 0n,
        refundingMinor: 0n,
        exchangedMinor: 0n,
      }
      const refunds: (Share & { state: 'open' | 'succeeded' | 'failed' })[] = []
      const exchanges: { credits: Share[] }[] = []
      const left = () => sharesOf(order, { refunds, exchanges })
      for (const { kind, amount: wanted } of moves) {
        const parts = takeFrom(left(), wanted)
        const taken = sumOfShares(parts)
        if (kind === 'exchanged') {
          exchanges.push({ credits: parts })
          order.exchangedMinor += taken
        } else {
          refunds.push(...parts.map((part) => ({ ...part, state: kind })))
          if (kind === 'open') order.refundingMinor += taken
          if (kind === 'succeeded') order.refundedMinor += taken
        }
        expect(sumOfShares(left())).toBe(refundableMinor(order))
        expect(left().every(({ amountMinor }) => amountMinor >= 0n)).toBe(true)
      }
    }),
  )
})
