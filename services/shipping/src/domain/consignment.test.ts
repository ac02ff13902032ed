import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Consignment, fingerprintOf, measuresOf } from './consignment.ts'

const count = fc.bigInt({ min: 0n, max: 1_000_000n })
const line = fc.record({ quantity: count, weightGrams: count, amountMinor: count })
const consignments: fc.Arbitrary<Consignment> = fc.record({
  currency: fc.constantFrom('EUR', 'USD'),
  country: fc.constantFrom('MT', 'PL'),
  region: fc.constantFrom('', 'gozo'),
  postalCode: fc.constantFrom('', 'VLT1110', '00950'),
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  subtotalMinor: count,
})
const hex = (consignment: Consignment) => fingerprintOf(consignment).toString('hex')

test('the order of the lines and the spelling of the place do not matter', () => {
  fc.assert(
    fc.property(consignments, (one) => {
      const other = {
        ...one,
        lines: one.lines.toReversed(),
        region: ` ${one.region.toUpperCase()} `,
        postalCode: one.postalCode.toLowerCase().split('').join(' '),
      }
      expect(hex(other)).toBe(hex(one))
    }),
  )
})

test('whatever the price may depend on does', () => {
  fc.assert(
    fc.property(consignments, (one) => {
      const [first, ...rest] = one.lines
      const changed = (change: object) => [{ ...first, ...change }, ...rest] as typeof one.lines
      const others: Consignment[] = [
        { ...one, currency: 'CHF' },
        { ...one, country: 'DE' },
        { ...one, region: `${one.region}x` },
        { ...one, postalCode: `${one.postalCode}1` },
        { ...one, subtotalMinor: one.subtotalMinor + 1n },
        { ...one, lines: changed({ quantity: (first?.quantity ?? 0n) + 1n }) },
        { ...one, lines: changed({ weightGrams: (first?.weightGrams ?? 0n) + 1n }) },
        { ...one, lines: changed({ amountMinor: (first?.amountMinor ?? 0n) + 1n }) },
        { ...one, lines: rest },
      ]
      for (const other of others) expect(hex(other)).not.toBe(hex(one))
    }),
  )
})

test('weight counts for each unit, and numbers beyond 2^53 stay exact', () => {
  const big = { quantity: 1_000_000n, weightGrams: 10_000_000_001n, amountMinor: 5n }
  const lines = [big, { quantity: 2n, weightGrams: 3n, amountMinor: 4n }]
  const consignment = {
    currency: 'EUR',
    country: 'MT',
    region: '',
    postalCode: '',
    lines,
    subtotalMinor: 7n,
  }
  expect(measuresOf(consignment)).toEqual({
    weight: 10_000_000_001_000_006n,
    subtotal: 7n,
    pieces: 1_000_002n,
  })
})
