import type { Card } from './card.ts'

/** A card that is kept for an account, by the provider's token. */
export type PaymentMethod = {
  paymentMethodId: string
  accountId: string
  provider: string
  providerToken: string
  card: Card
  isDefault: boolean
  createdAt: Temporal.Instant
}

/** Most cards of one account. */
export const MAX_PAYMENT_METHODS = 20
