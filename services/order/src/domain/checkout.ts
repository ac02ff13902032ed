import type { Dimensions, ErrorCode, FieldViolation } from '@purser/kernel'
import type { CheckoutStep } from './checkout-step.ts'
import type { Contact, Share, Totals, Units } from './order.ts'
import { sumOfShares } from './order-money.ts'
import type { CheckoutTaxes } from './tax.ts'

/**
 * Where a checkout stands.
 *
 *   running → waiting → running
 *   running → done
 *   running, waiting → compensating → compensated
 *
 * `waiting`: the shopper has to do something about the payment. `compensating`: there will be no
 * order, and what was done is being undone, the last first. A checkout that is `running` without a
 * worker waits for an answer that nobody has yet.
 */
export type CheckoutState = 'running' | 'waiting' | 'compensating' | 'done' | 'compensated'

/** What a shopper asked for. Forgotten once there is an order, which has it then, or will be none. */
export type CheckoutRequest = {
  contact: Contact
  /** Empty where nothing is delivered. */
  shippingQuoteId: string
  paymentMethod: { kind: 'token' | 'kept'; value: string }
  returnUrl: string
  /** What the shopper saw, in minor units; of an exchange the difference, below zero for what is given back. */
  expectedTotalMinor: bigint
}

/** Goods of an order that the goods of a checkout are exchanged for. */
export type Exchange = {
  /** Order that they come back from. */
  orderId: string
  back: readonly Units[]
  reason: string
  /** Once the order is held: what is paid back for them, in minor units. */
  valueMinor?: bigint
  /** Of it, what pays for the replacement. */
  credits?: readonly Share[]
}

/** A line of the cart. */
export type CartLine =
  | { kind: 'goods'; itemId: string; quantity: number }
  | {
      kind: 'plan'
      itemId: string
      quantity: number
      version: number
      title: string
      unitMinor: bigint
    }

/** Goods as they were priced when they were reserved. */
export type PricedGoods = {
  itemId: string
  productId: string
  sku: string
  title: string
  variantTitle: string
  slug: string
  imageUrl: string
  quantity: number
  unitMinor: bigint
  weightGrams: number
  requiresShipping: boolean
  /** Of one unit; left out when it was not measured. */
  dimensions?: Dimensions
  taxCategory: string
}

/** What is known of a checkout so far. */
export type CheckoutFacts = {
  currency: string
  lines: readonly CartLine[]
  discountMinor: bigint
  /** Of the coupon that takes the discount off; empty for none. */
  couponCode: string
  /** Once they are reserved. */
  goods?: readonly PricedGoods[]
  /** Once the quote is confirmed. */
  shipping?: { methodKey: string; title: string; priceMinor: bigint }
  /** With the totals. */
  taxes?: CheckoutTaxes
  totals?: Totals
  /** What the shopper has to do at the payment; empty when that is over. */
  actionUrl?: string
  /** By key of the plan. */
  subscriptions?: Readonly<Record<string, string>>
  /** Refunds that the provider refused so far. */
  refundAttempt?: number
  /** Undefined for what is bought from a cart. */
  exchange?: Exchange
}

/** Why there is no order. */
export type CheckoutFailure = {
  code: ErrorCode
  message: string
  fields: readonly FieldViolation[]
  details: Readonly<Record<string, string>>
}

/** A checkout. */
export type Checkout = {
  checkoutId: string
  state: CheckoutState
  /** What it is doing, or undoing; undefined once it has ended. */
  step: CheckoutStep | undefined
  /** Number of the row of its history that is under way, from 1. */
  stepNumber: number
  /** Rises with every change. */
  version: number
  /** Empty for an exchange. */
  cartId: string
  cartVersion: bigint
  requestHash: Buffer
  keyHash: Buffer | undefined
  /** SHA-256 of who may go on with it. */
  ownerHash: Buffer
  /** Empty for a guest. */
  userId: string
  accountId: string
  orderId: string
  paymentId: string
  /** Undefined unless it is running or waiting. */
  request: CheckoutRequest | undefined
  facts: CheckoutFacts
  failure: CheckoutFailure | undefined
  /** Whether a worker is on it, until `dueAt`. */
  isLeased: boolean
  dueAt: Temporal.Instant | undefined
  attemptCount: number
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}

/** A row of a checkout's history. */
export type CheckoutStepRecord = {
  number: number
  step: CheckoutStep
  direction: 'do' | 'undo'
  startedAt: Temporal.Instant
  endedAt: Temporal.Instant | undefined
  outcome: 'done' | 'refused' | undefined
  detail: string
}

/** What is charged, in minor units, once the totals are known: what goods that come back were paid with is taken off. */
export function dueMinor({ totals, exchange }: CheckoutFacts): bigint | undefined {
  return totals && totals.totalMinor - sumOfShares(exchange?.credits ?? [])
}

/** Whether nothing more happens to it. */
export function hasEnded(state: CheckoutState): boolean {
  return state === 'done' || state === 'compensated'
}
