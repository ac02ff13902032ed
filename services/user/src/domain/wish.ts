/** A product on a person's wishlist. */
export type Wish = {
  productId: string
  /** When it was wished for first. */
  createdAt: Temporal.Instant
}

/** The most products on one wishlist. */
export const MAX_WISHES = 500
