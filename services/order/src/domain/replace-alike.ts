import { allocate } from '@purser/kernel'
import type { CheckoutFacts, PricedGoods } from './checkout.ts'
import { type OrderLine, paidOfUnits } from './order.ts'
import { priceCheckout } from './price-checkout.ts'
import type { Tax } from './tax.ts'

/** Units of a line of an order that come back. */
type ComingBack = { line: OrderLine; quantity: number }

/**
 * Taxes and totals of a replacement in which units of a variant that replace as many of the same, at the price that was
 * paid for those, bear the tax that is paid back for them: so like for like costs nothing, wherever the tax of a
 * line was rounded. Taxes that prices include are left as they are, since they change no total.
 */
export function replaceAlike(
  facts: CheckoutFacts,
  back: readonly ComingBack[],
): Pick<CheckoutFacts, 'taxes' | 'totals'> {
  const { goods = [], taxes, totals } = facts
  if (taxes === undefined || totals === undefined || taxes.isIncluded) return { taxes, totals }
  const ofGoods = goods.map((line, index) => {
    const alike = back.find((part) => isAlike(line, part))
    return alike ? taxesPaidBack(alike) : (taxes.goods[index] ?? [])
  })
  const borne = { ...taxes, goods: ofGoods }
  return { taxes: borne, totals: priceCheckout(facts, totals.shippingMinor, borne) }
}

function isAlike(goods: PricedGoods, { line, quantity }: ComingBack): boolean {
  return (
    goods.itemId === line.itemId &&
    goods.quantity === quantity &&
    goods.unitMinor === line.unitMinor &&
    line.paidMinor === line.unitMinor * BigInt(line.quantity)
  )
}

/** What `paidOfUnits` pays back beyond the price, shared out among the taxes of the line. */
function taxesPaidBack({ line, quantity }: ComingBack): Tax[] {
  const taxableMinor = line.unitMinor * BigInt(quantity)
  const taxMinor = paidOfUnits(line, quantity) - taxableMinor
  const shares =
    taxMinor > 0n
      ? allocate(
          taxMinor,
          line.taxes.map((tax) => tax.taxMinor),
        )
      : []
  return line.taxes.map((tax, index) => ({ ...tax, taxableMinor, taxMinor: shares[index] ?? 0n }))
}
