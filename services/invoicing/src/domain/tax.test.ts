import { allocate } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ratesFor, sumTaxes, type TaxRate, taxesOn, taxTotal } from './tax.ts'

const rate = (percent: string, changes: Partial<TaxRate> = {}): TaxRate => ({
  name: 'VAT',
  regionKey: '',
  taxCategory: 'standard',
  percent,
  validFrom: undefined,
  ...changes,
})

const added = { pricesIncludeTax: false }
const included = { pricesIncludeTax: true }
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, each) => total + each, 0n)

const amount = fc.bigInt(0n, 10n ** 12n)
/** Up to 30 percent, with up to 6 decimals. */
const percent = fc.integer({ min: 0, max: 30_000_000 }).map((units) => (units / 1e6).toFixed(6))
const rates = fc
  .array(percent, { minLength: 1, maxLength: 3 })
  .map((each) => each.map((one, index) => rate(one, { name: `tax ${index}` })))

describe('the tax on an amount', () => {
  test.each([
    // 0.5 of a minor unit goes away from zero, whatever the minor unit is.
    { what: 'cents', minor: 1_050n, percent: '5', tax: 53n },
    { what: 'yen, which have no cents', minor: 1_085n, percent: '10', tax: 109n },
    { what: 'fils, a thousand of which are a dinar', minor: 12_345n, percent: '5', tax: 617n },
    { what: 'a rate of three decimals', minor: 10_000n, percent: '8.875', tax: 888n },
    { what: 'a rate of zero', minor: 10_000n, percent: '0', tax: 0n },
    { what: 'nothing', minor: 0n, percent: '19', tax: 0n },
  ])('is rounded to the minor unit: $what', ({ minor, percent: text, tax }) => {
    expect(taxesOn(minor, [rate(text)], added)).toEqual([
      { name: 'VAT', percent: text, taxableMinor: minor, taxMinor: tax },
    ])
  })

  test('without a rate is none', () => {
    expect(taxesOn(1_000n, [], added)).toEqual([])
  })

  test('of several rates is that of each alone when they are added', () => {
    fc.assert(
      fc.property(amount, rates, (minor, each) => {
        expect(taxesOn(minor, each, added)).toEqual(
          each.flatMap((one) => taxesOn(minor, [one], added)),
        )
      }),
    )
  })

  test('that prices include leaves what makes the same tax again: one rate, exactly', () => {
    fc.assert(
      fc.property(amount, percent, (net, one) => {
        const [onTop] = taxesOn(net, [rate(one)], added)
        const gross = net + (onTop?.taxMinor ?? 0n)
        expect(taxesOn(gross, [rate(one)], included)).toEqual([onTop])
      }),
    )
  })

  test('that prices include is within a unit a rate of the one on top, and never more than there is', () => {
    fc.assert(
      fc.property(amount, rates, (net, each) => {
        const onTop = taxesOn(net, each, added)
        const gross = net + taxTotal(onTop)
        const within = taxesOn(gross, each, included)
        within.forEach(({ taxableMinor, taxMinor }, index) => {
          expect(taxableMinor).toBe(gross - taxTotal(within))
          const apart = taxMinor - (onTop[index]?.taxMinor ?? 0n)
          expect(apart >= -1n && apart <= 1n).toBe(true)
        })
      }),
    )
  })

  test('that prices include takes no more than there is, also at absurd rates', () => {
    const absurd = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.bigInt(0n, 20n), absurd, (gross, percents) => {
        const each = percents.map((one, index) => rate(`${one}`, { name: `tax ${index}` }))
        const taxes = taxesOn(gross, each, included)
        expect(
          taxes.every(({ taxMinor, taxableMinor }) => taxMinor >= 0n && taxableMinor >= 0n),
        ).toBe(true)
        expect(taxTotal(taxes) <= gross).toBe(true)
      }),
    )
  })
})

describe('the taxes of an order', () => {
  const prices = fc.array(fc.bigInt(1n, 10n ** 9n), { minLength: 1, maxLength: 20 })

  test('add up: lines, rates and total, whatever discount is spread over them', () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 0, max: 100 }), rates, (lines, share, each) => {
        const discount = (sum(lines) * BigInt(share)) / 100n
        const shares = allocate(discount, lines)
        const taxed = lines.map((price, index) =>
          taxesOn(price - (shares[index] ?? 0n), each, added),
        )
        const byRate = sumTaxes(taxed)
        expect(taxTotal(byRate)).toBe(sum(taxed.map(taxTotal)))
        for (const { taxableMinor } of byRate) expect(taxableMinor).toBe(sum(lines) - discount)
        // Each line rounds by at most half a unit a rate.
        const whole = taxTotal(taxesOn(sum(lines) - discount, each, added))
        const apart = taxTotal(byRate) - whole
        const most = BigInt(Math.ceil(((lines.length + 1) * each.length) / 2))
        expect(apart >= -most && apart <= most).toBe(true)
      }),
    )
  })
})

describe('the rates for a category', () => {
  const settings = { defaultCategory: 'standard' }
  const at = (text: string) => Temporal.Instant.from(text)

  test('are those of its own before those of the default category, in any order', () => {
    const own = rate('7', { taxCategory: 'books' })
    for (const known of [
      [rate('19'), own],
      [own, rate('19')],
    ]) {
      expect(ratesFor(known, 'books', settings)).toEqual([own])
      expect(ratesFor(known, 'toys', settings)).toEqual([rate('19')])
      expect(ratesFor(known, '', settings)).toEqual([rate('19')])
    }
  })

  test('are those of the region before those of the country, but of the own category before both', () => {
    const region = rate('6.25', { regionKey: 'il' })
    const food = rate('1', { taxCategory: 'food' })
    const known = [rate('5'), region, food]
    expect(ratesFor(known, 'standard', settings)).toEqual([region])
    expect(ratesFor(known, 'food', settings)).toEqual([food])
  })

  test('are the one that began last', () => {
    const old = rate('19', { validFrom: at('2007-01-01T00:00:00Z') })
    const now = rate('16', { validFrom: at('2020-07-01T00:00:00Z') })
    expect(ratesFor([rate('14'), now, old], 'standard', settings)).toEqual([now])
  })

  test('are none for what is exempt', () => {
    expect(ratesFor([rate('19')], 'exempt', settings)).toEqual([])
  })

  test('are one for each name, by name', () => {
    const gst = rate('5', { name: 'GST' })
    const qst = rate('9.975', { name: 'QST', regionKey: 'qc' })
    expect(ratesFor([qst, gst], 'standard', settings)).toEqual([gst, qst])
  })
})
