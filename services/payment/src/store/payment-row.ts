import type { Payment } from '../domain/payment.ts'
import type { PaymentState } from '../domain/payment-state.ts'

/** Columns of a payment, in the order of its row. */
export const PAYMENT_COLUMNS = `
  payment_id, idempotency_key, request_hash, state, version, attempt, amount_minor, currency,
  refunded_minor, refunding_minor, order_id, saga_id, account_id, provider, card_brand, card_last4,
  card_expiry_month, card_expiry_year, provider_reference, decline_code, action_url, check_at,
  check_count, created_at, updated_at`

/** A row of `PAYMENT_COLUMNS`. */
export type PaymentRow = {
  payment_id: string
  idempotency_key: string
  request_hash: Buffer
  state: PaymentState
  version: number
  attempt: number
  amount_minor: bigint
  currency: string
  refunded_minor: bigint
  refunding_minor: bigint
  order_id: string
  saga_id: string
  account_id: string
  provider: string
  card_brand: string
  card_last4: string
  card_expiry_month: number
  card_expiry_year: number
  provider_reference: string
  decline_code: string
  action_url: string
  check_at: Temporal.Instant | null
  check_count: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

/** The payment of a row. */
export function fromRowPayment(row: PaymentRow): Payment {
  return {
    paymentId: row.payment_id,
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
    state: row.state,
    version: row.version,
    attempt: row.attempt,
    amount: { amountMinor: row.amount_minor, currency: row.currency },
    refundedMinor: row.refunded_minor,
    refundingMinor: row.refunding_minor,
    orderId: row.order_id,
    sagaId: row.saga_id,
    accountId: row.account_id,
    provider: row.provider,
    card: cardOf(row),
    providerReference: row.provider_reference,
    declineCode: row.decline_code,
    actionUrl: row.action_url,
    checkAt: row.check_at ?? undefined,
    checkCount: row.check_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function cardOf(row: PaymentRow): Payment['card'] {
  if (row.card_last4 === '') return undefined
  return {
    brand: row.card_brand,
    last4: row.card_last4,
    expiryMonth: row.card_expiry_month,
    expiryYear: row.card_expiry_year,
  }
}
