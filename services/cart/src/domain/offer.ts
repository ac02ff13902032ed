import type { Dimensions } from '@purser/kernel'
import type { Thing } from './cart.ts'
import { keyOf } from './cart.ts'

/** What a thing costs at a moment, and whether it can be had. */
export type Offer = {
  /** Whether it is sold at all at the moment. */
  isForSale: boolean
  /** Price of a unit, or of the first billing period, in minor units; undefined for none in the currency. */
  unitMinor: bigint | undefined
  /** Price to compare with, when it is higher. */
  listMinor: bigint | undefined
  /** Units that can be had; undefined for any number. */
  available: bigint | undefined
  /** What is told of it, beside the price. */
  facts: OfferFacts
}

/** Titles and the like: of a product, or of a plan. Texts are empty where there is nothing to tell. */
type OfferFacts = {
  title: string
  variantTitle: string
  productId: string
  sku: string
  slug: string
  imageUrl: string
  weightGrams: number
  /** Never for a plan. */
  requiresShipping: boolean
  /** Left out for what was not measured. */
  dimensions?: Dimensions
  taxCategory: string
  /** 0 for a variant. */
  planVersion: number
  /** ISO 8601 duration of a plan's billing period. */
  billingPeriod: string
}

/** What was asked for, in one currency, at about the same moment. A thing that nobody knows has no offer. */
export class Offers {
  readonly currency: string
  readonly #known = new Map<string, Offer | undefined>()

  constructor(currency: string) {
    this.currency = currency
  }

  /** Whether it was asked for. */
  has(thing: Thing): boolean {
    return this.#known.has(keyOf(thing))
  }

  get(thing: Thing): Offer | undefined {
    return this.#known.get(keyOf(thing))
  }

  set(thing: Thing, offer: Offer | undefined): void {
    this.#known.set(keyOf(thing), offer)
  }
}
