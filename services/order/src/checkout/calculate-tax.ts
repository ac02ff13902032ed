import type { TaxAmount } from '@purser/contracts/common/v1/common'
import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { Contact } from '../domain/order.ts'
import type { TaxableGoods } from '../domain/price-checkout.ts'
import type { Tax } from '../domain/tax.ts'
import { asCheckout } from './call-as-checkout.ts'

/** What is to be taxed, in minor units: goods with their share of the discount taken off, and prices of delivery. */
export type Taxable = {
  currency: string
  place: Place
  goods: readonly TaxableGoods[]
  shippingMinor: readonly bigint[]
}

/** Where goods go, as far as taxes depend on it. */
export type Place = { country: string; region: string }

/** Where an order is taxed: where it goes, or where its bill goes when nothing is said about that. */
export function placeOf({ shippingAddress, billingAddress }: Contact): Place {
  return shippingAddress.country === '' ? billingAddress : shippingAddress
}

/** The taxes of goods and of prices of delivery, in their order: one call, and none when nothing is sold. */
export async function calculateTax(
  ctx: OrderContext,
  tenant: string,
  { currency, place, goods, shippingMinor }: Taxable,
): Promise<{ isIncluded: boolean; goods: Tax[][]; shipping: Tax[][] }> {
  if (goods.length === 0) return { isIncluded: false, goods: [], shipping: [] }
  const { country, region } = place
  const lines = [
    ...goods.map(({ amountMinor, taxCategory }) => ({ amountCents: amountMinor, taxCategory })),
    ...shippingMinor.map((amountCents) => ({ amountCents, isShipping: true })),
  ]
  const answer = await ctx.clients.invoicing.calculateTax(
    { tenant, currency, country, region, lines },
    asCheckout(ctx, tenant),
  )
  assert(answer.lines.length === lines.length, 'every line is answered')
  const taxes = answer.lines.map((line) => line.taxes.map(fromProtoTax))
  return {
    isIncluded: answer.taxIncluded,
    goods: taxes.slice(0, goods.length),
    shipping: taxes.slice(goods.length),
  }
}

function fromProtoTax({ name, percent, taxable, amount }: TaxAmount): Tax {
  return {
    name,
    percent,
    taxableMinor: taxable?.amountCents ?? 0n,
    taxMinor: amount?.amountCents ?? 0n,
  }
}
