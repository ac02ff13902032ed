import type { Money } from '@purser/kernel'

/**
 * Where a refund stands.
 *
 *   processing → succeeded | failed | unknown
 *   unknown    → succeeded | failed
 */
export type RefundState = 'processing' | 'succeeded' | 'failed' | 'unknown'

/** Money that is given back. Texts are empty where there is nothing. */
export type Refund = {
  refundId: string
  paymentId: string
  /** Unique in the tenant. */
  idempotencyKey: string
  /** SHA-256 of what was asked for under the key. */
  requestHash: Buffer
  state: RefundState
  /** Above 0. */
  amount: Money
  reason: string
  providerReference: string
  failureCode: string
  /** While processing or unknown: when to ask the provider, if nobody else settles it before. */
  checkAt: Temporal.Instant | undefined
  /** How often it was asked in vain. */
  checkCount: number
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
}
