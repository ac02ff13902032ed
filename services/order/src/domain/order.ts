import { allocate } from '@purser/kernel'
import type { OrderState } from './order-state.ts'
import type { Tax } from './tax.ts'

/** A postal address; texts are empty where there is nothing. */
export type Address = {
  lines: readonly string[]
  city: string
  region: string
  postalCode: string
  country: string
}

/** Who buys, and where it goes. Personal data. */
export type Contact = {
  email: string
  recipient: string
  phone: string
  shippingAddress: Address
  billingAddress: Address
  note: string
}

/** What was bought. */
export type OrderLine = {
  /** From 1. */
  lineNumber: number
  kind: 'goods' | 'plan'
  /** Variant of goods, key of a plan. */
  itemId: string
  productId: string
  sku: string
  title: string
  variantTitle: string
  slug: string
  imageUrl: string
  quantity: number
  /** Price of one unit in minor units. */
  unitMinor: bigint
  /** Price of all units in minor units, the share of the discount taken off. */
  paidMinor: bigint
  taxes: readonly Tax[]
  /** What is paid for all units, taxes that are added to `paidMinor` included. */
  chargedMinor: bigint
  /** Of one unit. */
  weightGrams: number
  /** Whether it has to be sent, as the catalog said when it was bought; never for a plan. */
  requiresShipping: boolean
  taxCategory: string
  /** Units that left, that arrived, and that came back. */
  shippedQuantity: number
  deliveredQuantity: number
  returnedQuantity: number
  /** Empty but for a plan. */
  subscriptionId: string
}

/** What an order costs, in minor units: items - discount + shipping, + tax unless prices include it, = total. */
export type Totals = {
  itemsMinor: bigint
  discountMinor: bigint
  shippingMinor: bigint
  taxMinor: bigint
  taxIncluded: boolean
  totalMinor: bigint
}

/** Money of a payment, in minor units. */
export type Share = { paymentId: string; amountMinor: bigint }

/** An order. */
export type Order = Totals & {
  orderId: string
  /** Counted in the tenant. */
  number: bigint
  checkoutId: string
  /** Empty for a guest. */
  userId: string
  accountId: string
  contact: Contact
  state: OrderState
  /** Number of the last row of its history, from 1. */
  version: number
  currency: string
  /** In minor units: taken, given back, being given back. */
  paidMinor: bigint
  refundedMinor: bigint
  refundingMinor: bigint
  /** Of `paidMinor`, what has gone on to orders that replace goods of it. */
  exchangedMinor: bigint
  /** Empty when it costs nothing, or nothing beside its credits. */
  paymentId: string
  /** Order that it replaces goods of; empty for none. */
  exchangeOf: string
  /** Of `paidMinor`, what was paid for those goods, and its sum. */
  credits: readonly Share[]
  creditMinor: bigint
  /** Checkout that exchanges goods of it at the moment; empty for none. */
  heldBy: string
  shippingMethodKey: string
  shippingTitle: string
  shippingTaxes: readonly Tax[]
  lines: readonly OrderLine[]
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}

/** One change of an order's state. */
export type OrderTransition = {
  /** From 1. */
  number: number
  /** Undefined for the first. */
  from: OrderState | undefined
  to: OrderState
  cause: string
  at: Temporal.Instant
}

/** Money of an order that is given back. */
export type OrderRefund = {
  /** Also its key at the payment. */
  refundId: string
  orderId: string
  state: 'open' | 'succeeded' | 'failed'
  /** That gives it back. */
  paymentId: string
  amountMinor: bigint
  currency: string
  reason: string
  failureCode: string
  createdAt: Temporal.Instant
}

/** Units of a variant. */
export type Units = { variantId: string; quantity: number }

/** Goods of an order that go back to the shelf. */
export type OrderReturn = {
  /** Also its key at the catalog. */
  returnId: string
  orderId: string
  lines: readonly Units[]
  reason: string
  /** Empty for none. */
  refundId: string
  isRestocked: boolean
  createdAt: Temporal.Instant
}

/** Units of a line in a parcel, an integer as text. */
export type ParcelLine = { orderLineId: string; quantity: string }

/** A parcel of an order that did not make it. */
export type FailedParcel = {
  /** At the shipping service. */
  shipmentId: string
  carrier: string
  trackingNumber: string
  /** `refused` by the carrier, `lost` on its way, or `returned` by the carrier. */
  failureCode: string
  lines: ParcelLine[]
  at: Temporal.Instant
}

/** Goods of an order that were exchanged. Amounts are minor units. */
export type OrderExchange = {
  /** The checkout that made the replacement. */
  exchangeId: string
  orderId: string
  /** Order that replaces them. */
  replacementId: string
  returnId: string
  /** What was to be paid back for them. */
  valueMinor: bigint
  /** Of it, what pays for the replacement. */
  credits: readonly Share[]
  /** Price of the replacement less `valueMinor`. */
  differenceMinor: bigint
  reason: string
  createdAt: Temporal.Instant
}

/** What can still be given back, in minor units. */
export function refundableMinor(
  order: Pick<Order, 'paidMinor' | 'refundedMinor' | 'refundingMinor' | 'exchangedMinor'>,
): bigint {
  const { paidMinor, refundedMinor, refundingMinor, exchangedMinor } = order
  return paidMinor - refundedMinor - refundingMinor - exchangedMinor
}

/** Prices of lines in minor units with the discount shared out by price, to the last minor unit. */
export function paidOfLines(prices: readonly bigint[], discountMinor: bigint): bigint[] {
  if (discountMinor === 0n) return [...prices]
  const shares = allocate(discountMinor, [...prices])
  return prices.map((price, index) => price - (shares[index] ?? 0n))
}

/**
 * What is paid back for units of a line that come back, in minor units, taxes included: whatever the parts
 * in which a line comes back, they add up to what was paid for it.
 */
export function paidOfUnits(line: OrderLine, quantity: number): bigint {
  const paidOf = (units: number) => (line.chargedMinor * BigInt(units)) / BigInt(line.quantity)
  return paidOf(line.returnedQuantity + quantity) - paidOf(line.returnedQuantity)
}
