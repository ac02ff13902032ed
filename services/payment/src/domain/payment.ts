import type { Money } from '@purser/kernel'
import type { Card } from './card.ts'
import type { PaymentState } from './payment-state.ts'

/** An intent to charge an amount, and what became of it. Texts are empty where there is nothing. */
export type Payment = {
  paymentId: string
  /** Unique in the tenant. */
  idempotencyKey: string
  /** SHA-256 of what was asked for under the key. */
  requestHash: Buffer
  state: PaymentState
  /** Number of the last row of its history, from 1. */
  version: number
  /** Number of the charge at the provider, from 1. */
  attempt: number
  /** Above 0. */
  amount: Money
  /** What was given back, in minor units. */
  refundedMinor: bigint
  /** What is being given back, in minor units: the refunds that are processing or unknown. */
  refundingMinor: bigint
  orderId: string
  sagaId: string
  accountId: string
  provider: string
  /** As far as the provider told it. */
  card: Card | undefined
  providerReference: string
  declineCode: string
  actionUrl: string
  /** While processing or unknown: when to ask the provider, if nobody else settles it before. */
  checkAt: Temporal.Instant | undefined
  /** How often it was asked in vain. */
  checkCount: number
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}

/** One change of a payment's state. */
export type PaymentTransition = {
  /** From 1. */
  number: number
  /** Undefined for the first. */
  from: PaymentState | undefined
  to: PaymentState
  /** `user:<id>`, `api_key:<id>`, `service:<name>`, `webhook:<event>` or `job`. */
  cause: string
  at: Temporal.Instant
}

/** What can still be given back, in minor units. */
export function refundableMinor({ amount, refundedMinor, refundingMinor }: Payment): bigint {
  return amount.amountMinor - refundedMinor - refundingMinor
}
