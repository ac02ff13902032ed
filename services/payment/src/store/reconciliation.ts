import { statement, type Tx } from '@purser/postgres'
import type { Payment } from '../domain/payment.ts'
import { fromRowPayment, PAYMENT_COLUMNS, type PaymentRow } from './payment-row.ts'

const listOfProviderStatement = statement(
  'payment.list_payments_of_provider',
  `select ${PAYMENT_COLUMNS}
   from payment
   where tenant_id = $1
     and provider = $2
     and payment_id > $3
     and ($4::timestamptz is null or created_at >= $4)
     and ($5::timestamptz is null or created_at < $5)
   order by payment_id
   limit $6::bigint`,
)

/** Payments that a provider was asked for, after an id, oldest first. Takes no lock. */
export async function listPaymentsOfProvider(
  tx: Tx,
  tenantId: string,
  question: {
    provider: string
    afterId: string
    from: Temporal.Instant | undefined
    before: Temporal.Instant | undefined
    limit: number
  },
): Promise<Payment[]> {
  const { provider, afterId, from, before, limit } = question
  const values = [tenantId, provider, afterId, from, before, limit]
  const rows = await tx.query<PaymentRow>(listOfProviderStatement, values)
  return rows.map(fromRowPayment)
}

const knownIdsStatement = statement(
  'payment.known_payment_ids',
  `select payment_id
   from payment
   where tenant_id = $1
     and payment_id = any($2::text[])`,
)

/** Which of these payments there are. Takes no lock. */
export async function knownPaymentIds(
  tx: Tx,
  tenantId: string,
  paymentIds: readonly string[],
): Promise<Set<string>> {
  const values = [tenantId, paymentIds]
  const rows = await tx.query<{ payment_id: string }>(knownIdsStatement, values)
  return new Set(rows.map((row) => row.payment_id))
}
