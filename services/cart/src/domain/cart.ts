import type { Coupon } from './coupon.ts'

/**
 * What a cart has come to:
 *
 * open --an order ends it--> ordered --the order is undone--> open, or merged
 * open --its owner signs in--> merged
 * open --nobody touches it--> expired
 */
export type CartState = 'open' | 'ordered' | 'merged' | 'expired'

/** A thing that a cart can hold: a variant by its id, a plan by its key. */
export type Thing = { kind: 'variant' | 'plan'; thingId: string }

/** A line. */
export type CartItem = Thing & {
  itemId: string
  /** From 1; always 1 of a plan. */
  quantity: bigint
  /** Price of a unit when the line was put in or changed last, in minor units of `seenCurrency`. */
  seenMinor: bigint
  seenCurrency: string
}

/** A cart without its lines. */
export type Cart = {
  cartId: string
  state: CartState
  /** From 1; rises with every change. */
  version: bigint
  currency: string
  /** Person whose cart it is, or into whose cart it was merged; empty for a guest's. */
  userId: string
  note: string
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
  expireAt: Temporal.Instant
}

/** A cart with everything that stands in it. */
export type WholeCart = { cart: Cart; items: readonly CartItem[]; coupon: Coupon | undefined }

/** Most units of a line that somebody puts in. */
export const MAX_QUANTITY = 9_999n

/** Most lines that somebody puts in. */
export const MAX_ITEMS = 100

/** Most plans among them: each is asked for by itself. */
export const MAX_PLANS = 10

/** Text by which a thing is found in maps. */
export function keyOf({ kind, thingId }: Thing): string {
  return `${kind} ${thingId}`
}
