import type { Money } from '@purser/kernel'
import type { CarriedBy } from './method.ts'

/** What a method costs for a consignment, until it expires. */
export type Quote = CarriedBy & {
  quoteId: string
  price: Money
  /** Exclusive. */
  expiresAt: Temporal.Instant
}
