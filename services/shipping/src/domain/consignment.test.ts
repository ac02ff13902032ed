import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Consignment, extentOf, fingerprintOf, measuresOf } from './consignment.ts'

const count = fc.bigInt({ min: 0n, max: 1_000_000n })
const side = fc.integer({ min: 1, max: 100_000 })
const size = fc.record({ lengthMm: side, widthMm: side, heightMm: side })
const line = fc.record(
  { quantity: count, weightGrams: count, amountMinor: count, dimensions: size },
  { requiredKeys: ['quantity', 'weightGrams', 'amountMinor'] },
)
const consignments: fc.Arbitrary<Consignment> = fc.record({
  currency: fc.constantFrom('EUR', 'USD'),
  country: fc.constantFrom('MT', 'PL'),
  region: fc.constantFrom('', 'gozo'),
  postalCode: fc.constantFrom('', 'VLT1110', '00950'),
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  subtotalMinor: count,
})
const longer = ({ lengthMm, widthMm, heightMm } = { lengthMm: 0, widthMm: 1, heightMm: 1 }) => {
  return { lengthMm: lengthMm + 1, widthMm, heightMm }
}
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
        { ...one, lines: changed({ dimensions: longer(first?.dimensions) }) },
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
    volume: 0n,
  })
})

const thing = { weightGrams: 0n, amountMinor: 0n }

test('volume counts for each unit that was measured, and is rounded up once', () => {
  const cube = { lengthMm: 11, widthMm: 11, heightMm: 11 }
  const huge = { lengthMm: 100_000, widthMm: 100_000, heightMm: 100_000 }
  const volumeOf = (...lines: Consignment['lines']) =>
    measuresOf({
      currency: 'EUR',
      country: 'MT',
      region: '',
      postalCode: '',
      subtotalMinor: 0n,
      lines,
    }).volume
  expect(volumeOf({ ...thing, quantity: 1n, dimensions: cube })).toBe(2n)
  expect(volumeOf({ ...thing, quantity: 3n, dimensions: cube })).toBe(4n)
  expect(volumeOf({ ...thing, quantity: 5n })).toBe(0n)
  expect(volumeOf({ ...thing, quantity: 1_000_000n, dimensions: huge })).toBe(10n ** 18n)
})

test('the extent is that of the largest piece by each measure, however it lies', () => {
  const rod = { lengthMm: 20, widthMm: 1_500, heightMm: 10 }
  const box = { lengthMm: 600, widthMm: 500, heightMm: 400 }
  const lines = [
    { ...thing, quantity: 1n },
    { ...thing, quantity: 9n, dimensions: rod },
    { ...thing, quantity: 1n, dimensions: box },
  ]
  expect(extentOf({ lines })).toEqual({ longestSideMm: 1_500, lengthAndGirthMm: 2_400 })
  expect(extentOf({ lines: lines.slice(0, 2) }).lengthAndGirthMm).toBe(1_560)
  expect(extentOf({ lines: lines.slice(0, 1) })).toEqual({ longestSideMm: 0, lengthAndGirthMm: 0 })
})
