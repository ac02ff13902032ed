import { allocate, assert } from '@purser/kernel'
import type { CartItem, WholeCart } from './cart.ts'
import { type CouponObstacle, discountOf } from './coupon.ts'
import type { Offer, Offers } from './offer.ts'

/** What is not as it was when a line was put in or changed last. Amounts are minor units. */
export type ItemChange =
  | { kind: 'price_changed'; oldMinor: bigint; newMinor: bigint }
  | { kind: 'out_of_stock' }
  | { kind: 'quantity_reduced'; available: bigint }
  | { kind: 'not_for_sale' }
  | { kind: 'price_missing' }

/** A line at the price of a moment. */
export type PricedItem = {
  item: CartItem
  offer: Offer | undefined
  /** Undefined when it cannot be bought. */
  unitMinor: bigint | undefined
  totalMinor: bigint
  /** Share of the cart's discount, at most `totalMinor`. */
  discountMinor: bigint
  changes: ItemChange[]
}

/** A cart at the prices of a moment; all amounts in minor units of its currency. */
export type PricedCart = WholeCart & {
  priced: PricedItem[]
  /** Sum of the goods' totals. */
  subtotalMinor: bigint
  /** Sum of the lines' discounts. */
  discountMinor: bigint
  /** Sum of the plans' totals. */
  planMinor: bigint
  couponObstacle: CouponObstacle | undefined
  /** Whether it has a line, and none that cannot be had. */
  canBeOrdered: boolean
}

/**
 * Prices a cart and tells what changed; the cart itself stays as it is. The coupon's discount is divided
 * among the goods in proportion to their totals, to the unit (largest remainder). Each line was asked for.
 */
export function priceCart(whole: WholeCart, offers: Offers, now: Temporal.Instant): PricedCart {
  const { cart, items, coupon } = whole
  assert(offers.currency === cart.currency, 'a cart is priced in its own currency')
  const priced = items.map((item) => priceItem(item, offers))
  const goods = priced.filter(({ item }) => item.kind === 'variant')
  const subtotalMinor = sumOf(goods)
  const { discountMinor, obstacle } = coupon
    ? discountOf(coupon, { subtotalMinor, currency: cart.currency }, now)
    : { discountMinor: 0n, obstacle: undefined }
  if (discountMinor > 0n) {
    const weights = goods.map(({ totalMinor }) => totalMinor)
    const shares = allocate(discountMinor, weights)
    for (const [index, line] of goods.entries()) line.discountMinor = shares[index] ?? 0n
  }
  return {
    ...whole,
    priced,
    subtotalMinor,
    discountMinor,
    planMinor: sumOf(priced) - subtotalMinor,
    couponObstacle: obstacle,
    canBeOrdered: priced.length > 0 && priced.every(canBeHad),
  }
}

function priceItem(item: CartItem, offers: Offers): PricedItem {
  assert(offers.has(item), 'every line was asked for')
  const offer = offers.get(item)
  const unitMinor = offer?.isForSale ? offer.unitMinor : undefined
  return {
    item,
    offer,
    unitMinor,
    totalMinor: (unitMinor ?? 0n) * item.quantity,
    discountMinor: 0n,
    changes: changesOf(item, offer, offers.currency),
  }
}

/** What is not as it was when a line's price was seen. */
export function changesOf(
  item: Pick<CartItem, 'seenMinor' | 'seenCurrency' | 'quantity'>,
  offer: Offer | undefined,
  currency: string,
): ItemChange[] {
  if (!offer?.isForSale) return [{ kind: 'not_for_sale' }]
  const { unitMinor, available } = offer
  if (unitMinor === undefined) return [{ kind: 'price_missing' }]
  const changes: ItemChange[] = []
  const { seenMinor, seenCurrency, quantity } = item
  if (seenCurrency === currency && seenMinor !== unitMinor) {
    changes.push({ kind: 'price_changed', oldMinor: seenMinor, newMinor: unitMinor })
  }
  if (available === undefined || available >= quantity) return changes
  const isNone = available <= 0n
  changes.push(isNone ? { kind: 'out_of_stock' } : { kind: 'quantity_reduced', available })
  return changes
}

function canBeHad({ changes }: PricedItem): boolean {
  return changes.every(({ kind }) => kind === 'price_changed')
}

function sumOf(items: readonly PricedItem[]): bigint {
  return items.reduce((sum, { totalMinor }) => sum + totalMinor, 0n)
}
