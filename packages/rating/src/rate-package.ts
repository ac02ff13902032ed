import { Decimal } from '@purser/kernel'
import { type BillableRange, billableRange } from './billable-quantity.ts'
import type { PackagePrice } from './price.ts'
import type { RatedTier } from './rating.ts'

/** Packages begun (or completed, when rounding down) by the slice (conformance model `package`). */
export function ratePackage(price: PackagePrice, range: BillableRange): RatedTier[] {
  const quantity = packagesIn(price, range.to).minus(packagesIn(price, range.from))
  if (quantity.isZero()) return []
  return [
    {
      tier: 1,
      quantity,
      unitAmount: price.packageAmount,
      flatAmount: Decimal.zero,
      amount: quantity.times(price.packageAmount),
    },
  ]
}

/**
 * How many packages a period's whole `quantity` (zero or more) takes, after free units; an integer
 * (conformance model `package_count`).
 */
export function packageCount(
  price: Pick<PackagePrice, 'packageSize' | 'freeQuantity' | 'rounding'>,
  quantity: Decimal,
): Decimal {
  return packagesIn(price, billableRange(price, Decimal.zero, quantity).to)
}

function packagesIn(
  price: Pick<PackagePrice, 'packageSize' | 'rounding'>,
  billable: Decimal,
): Decimal {
  return billable.dividedBy(price.packageSize, 0, price.rounding)
}
