import { assert, compareText, Decimal, divideRounded } from '@purser/kernel'

/** A rate of a tax that holds at a place. */
export type TaxRate = {
  /** Name of the tax. */
  name: string
  /** As compared; empty for the whole country. */
  regionKey: string
  taxCategory: string
  /** Exact decimal, 0 to 100 with at most `PERCENT_DECIMALS` decimals. */
  percent: string
  /** Undefined for always. */
  validFrom: Temporal.Instant | undefined
}

/** A tax on an amount, in minor units. */
export type Tax = {
  name: string
  percent: string
  /** What the rate is applied to, taxes left out. */
  taxableMinor: bigint
  taxMinor: bigint
}

/** How a tenant taxes. */
export type TaxSettings = {
  pricesIncludeTax: boolean
  /** Category of what names none, and of what has no rate of its own. */
  defaultCategory: string
  /** Of delivery. */
  shippingCategory: string
}

/** What holds until a tenant says otherwise. */
export const DEFAULT_SETTINGS: TaxSettings = {
  pricesIncludeTax: false,
  defaultCategory: 'standard',
  shippingCategory: 'standard',
}

/** Category of what is never taxed. */
export const EXEMPT = 'exempt'

/** Most decimals of a rate in percent. */
export const PERCENT_DECIMALS = 6

/** Name of the policy that `taxesOn` follows, as it is stamped on invoices. */
export const TAX_POLICY = 'per_line_v1'

/** 100 percent, in the units of rates. */
const WHOLE = 100n * 10n ** BigInt(PERCENT_DECIMALS)

/**
 * The rates for a category, one for each tax: of those with its name one for the category itself goes before one
 * for the default category, then one for the region before one for the country, then the one that began last. By
 * name. `rates` hold at the place, and for no other. What is exempt has none.
 */
export function ratesFor(
  rates: readonly TaxRate[],
  category: string,
  { defaultCategory }: Pick<TaxSettings, 'defaultCategory'>,
): TaxRate[] {
  const own = category === '' ? defaultCategory : category
  if (own === EXEMPT) return []
  const candidates = rates.filter(
    ({ taxCategory }) => taxCategory === own || taxCategory === defaultCategory,
  )
  const isBefore = (a: TaxRate, b: TaxRate): number =>
    Number(b.taxCategory === own) - Number(a.taxCategory === own) ||
    Number(b.regionKey !== '') - Number(a.regionKey !== '') ||
    compareBegin(b.validFrom, a.validFrom)
  const best = new Map<string, TaxRate>()
  for (const rate of candidates) {
    const known = best.get(rate.name)
    if (known === undefined || isBefore(rate, known) < 0) best.set(rate.name, rate)
  }
  return [...best.values()].sort((a, b) => compareText(a.name, b.name))
}

/** Always is before every instant. */
function compareBegin(a: Temporal.Instant | undefined, b: Temporal.Instant | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return Temporal.Instant.compare(a, b)
}

/**
 * The taxes on an amount of minor units, zero or more, by policy `per_line_v1`: each line and each rate is rounded
 * by itself to the minor unit of the currency, half away from zero.
 *
 * Added to the amount, a rate of r percent is `amount * r / 100`. Included in it, one of several rates that add up
 * to R is `amount * r / (100 + R)`, and what is left is taxable; roundings never take more than there is.
 */
export function taxesOn(
  amountMinor: bigint,
  rates: readonly TaxRate[],
  { pricesIncludeTax }: Pick<TaxSettings, 'pricesIncludeTax'>,
): Tax[] {
  assert(amountMinor >= 0n, 'what is taxed is not below zero')
  const units = rates.map(({ percent }) =>
    Decimal.parse(percent).toMinor(PERCENT_DECIMALS, 'half_away_from_zero'),
  )
  const divisor = WHOLE + (pricesIncludeTax ? units.reduce((sum, each) => sum + each, 0n) : 0n)
  let left = amountMinor
  const amounts = units.map((each) => {
    const exact = divideRounded(amountMinor * each, divisor, 'half_away_from_zero')
    const tax = pricesIncludeTax && exact > left ? left : exact
    left -= tax
    return tax
  })
  const taxableMinor = pricesIncludeTax ? left : amountMinor
  return rates.map(({ name, percent }, index) => {
    return { name, percent, taxableMinor, taxMinor: amounts[index] ?? 0n }
  })
}

/** Taxes of several lines summed up by name and rate, in the order in which they first appear. */
export function sumTaxes(lines: readonly (readonly Tax[])[]): Tax[] {
  const sums = new Map<string, Tax>()
  for (const tax of lines.flat()) {
    const key = `${tax.name}\0${tax.percent}`
    const known = sums.get(key)
    sums.set(key, {
      ...tax,
      taxableMinor: tax.taxableMinor + (known?.taxableMinor ?? 0n),
      taxMinor: tax.taxMinor + (known?.taxMinor ?? 0n),
    })
  }
  return [...sums.values()]
}

/** What taxes come to, in minor units. */
export function taxTotal(taxes: readonly Tax[]): bigint {
  return taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0n)
}
