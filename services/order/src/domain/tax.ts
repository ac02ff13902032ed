/** A tax on an amount, in minor units, as it was computed when the order was priced. */
export type Tax = {
  name: string
  /** Exact rate in percent. */
  percent: string
  /** What the rate is applied to, taxes left out. */
  taxableMinor: bigint
  taxMinor: bigint
}

/** The taxes of a checkout. */
export type CheckoutTaxes = {
  /** Whether prices include them; otherwise they are added. */
  isIncluded: boolean
  /** Of each of the goods, in their order. */
  goods: readonly (readonly Tax[])[]
  shipping: readonly Tax[]
}

/** What is bought where nothing is taxed. */
export const UNTAXED: CheckoutTaxes = { isIncluded: false, goods: [], shipping: [] }

/** What taxes come to, in minor units. */
export function taxTotal(taxes: readonly Tax[]): bigint {
  return taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0n)
}

/** Taxes summed up by name and rate, in the order in which they first appear. */
export function sumTaxes(taxes: readonly Tax[]): Tax[] {
  const sums = new Map<string, Tax>()
  for (const tax of taxes) {
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
