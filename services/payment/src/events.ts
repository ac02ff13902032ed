import { publish } from '@purser/events'
import type { JsonObject } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Payment } from './domain/payment.ts'
import type { PaymentState } from './domain/payment-state.ts'
import type { Refund } from './domain/refund.ts'

const subjects: Partial<Record<PaymentState, string>> = {
  succeeded: 'payment.intent.succeeded',
  declined: 'payment.intent.failed',
  requires_action: 'payment.intent.requires_action',
  canceled: 'payment.intent.canceled',
}

/**
 * `payment.intent.succeeded | failed | requires_action | canceled`, when a payment comes to that
 * state: `{ payment_id, order_id, saga_id, account_id, amount: { amount_cents, currency },
 * decline_code }`. `amount_cents` is an integer as text; ids are empty where there are none. Nothing
 * for other states.
 */
export async function publishPaymentMoved(
  tx: Tx,
  tenantId: string,
  payment: Payment,
): Promise<void> {
  const subject = subjects[payment.state]
  if (subject === undefined) return
  const payload = { ...describe(payment), decline_code: payment.declineCode }
  await publish(tx, [{ tenantId, subject, occurredAt: payment.updatedAt, payload }])
}

/**
 * `payment.refunded`, when money is on its way back: `{ payment_id, order_id, saga_id, account_id,
 * amount, refund_id, refunded, is_full }`. `refunded` is the amount of this refund, `is_full` whether
 * nothing of the payment is left.
 */
export async function publishPaymentRefunded(
  tx: Tx,
  tenantId: string,
  payment: Payment,
  refund: Refund,
): Promise<void> {
  const { amountMinor, currency } = refund.amount
  const payload = {
    ...describe(payment),
    refund_id: refund.refundId,
    refunded: { amount_cents: amountMinor.toString(), currency },
    is_full: payment.state === 'refunded',
  }
  const occurredAt = payment.updatedAt
  await publish(tx, [{ tenantId, subject: 'payment.refunded', occurredAt, payload }])
}

function describe({ paymentId, orderId, sagaId, accountId, amount }: Payment): JsonObject {
  return {
    payment_id: paymentId,
    order_id: orderId,
    saga_id: sagaId,
    account_id: accountId,
    amount: { amount_cents: amount.amountMinor.toString(), currency: amount.currency },
  }
}
