import { type Statement, statement, type Tx } from '@purser/postgres'
import type { Payment, PaymentTransition } from '../domain/payment.ts'
import type { PaymentState } from '../domain/payment-state.ts'
import { fromRowPayment, PAYMENT_COLUMNS, type PaymentRow } from './payment-row.ts'

/** Which payments a list holds; undefined does not narrow. */
export type PaymentFilter = {
  accountId: string | undefined
  orderId: string | undefined
  state: PaymentState | undefined
  from: Temporal.Instant | undefined
  before: Temporal.Instant | undefined
}

// One statement for each first filter, so that each is read from the index that has its order.
const byOrder = listStatement('by_order', 'order_id = $5')
const byAccount = listStatement('by_account', '$5::text is null and account_id = $4')
const byState = listStatement('by_state', '$5::text is null and $4::text is null and state = $6')
const all = listStatement('all', '$5::text is null and $4::text is null and $6::text is null')

function listStatement(name: string, condition: string): Statement {
  return statement(
    `payment.list_payments_${name}`,
    `select ${PAYMENT_COLUMNS}
     from payment
     where tenant_id = $1
       and ${condition}
       and ($4::text is null or account_id = $4)
       and ($6::text is null or state = $6)
       and ($7::timestamptz is null or created_at >= $7)
       and ($8::timestamptz is null or created_at < $8)
       and ($2::text is null or payment_id < $2)
     order by payment_id desc
     limit $3::bigint`,
  )
}

function statementOf({ orderId, accountId, state }: PaymentFilter): Statement {
  if (orderId !== undefined) return byOrder
  if (accountId !== undefined) return byAccount
  return state === undefined ? all : byState
}

/** Payments before an id, newest first: ids sort by time. Takes no lock. */
export async function listPayments(
  tx: Tx,
  tenantId: string,
  question: { filter: PaymentFilter; beforeId: string | undefined; limit: number },
): Promise<Payment[]> {
  const { filter, beforeId, limit } = question
  const { accountId, orderId, state, from, before } = filter
  const values = [tenantId, beforeId, limit, accountId, orderId, state, from, before]
  const rows = await tx.query<PaymentRow>(statementOf(filter), values)
  return rows.map(fromRowPayment)
}

const listTransitionsStatement = statement(
  'payment.list_transitions',
  `select number, from_state, to_state, cause, created_at
   from payment_transition
   where tenant_id = $1
     and payment_id = $2
   order by number`,
)

type TransitionRow = {
  number: number
  from_state: PaymentState | null
  to_state: PaymentState
  cause: string
  created_at: Temporal.Instant
}

/** The history of a payment, in order. Takes no lock. */
export async function listTransitions(
  tx: Tx,
  tenantId: string,
  paymentId: string,
): Promise<PaymentTransition[]> {
  const rows = await tx.query<TransitionRow>(listTransitionsStatement, [tenantId, paymentId])
  return rows.map((row) => ({
    number: row.number,
    from: row.from_state ?? undefined,
    to: row.to_state,
    cause: row.cause,
    at: row.created_at,
  }))
}

const listDueStatement = statement(
  'payment.list_due',
  `select tenant_id, payment_id
   from (
     select tenant_id, payment_id, check_at
     from payment
     where check_at <= $1::timestamptz
     union all
     select tenant_id, payment_id, check_at
     from refund
     where check_at <= $1::timestamptz
   ) as due
   group by tenant_id, payment_id
   order by min(check_at)
   limit $2::bigint`,
)

/** Payments of all tenants whose provider is to be asked by now, for them or a refund. Takes no lock. */
export async function listDue(
  tx: Tx,
  now: Temporal.Instant,
  limit: number,
): Promise<{ tenantId: string; paymentId: string }[]> {
  const rows = await tx.query<{ tenant_id: string; payment_id: string }>(listDueStatement, [
    now,
    limit,
  ])
  return rows.map((row) => ({ tenantId: row.tenant_id, paymentId: row.payment_id }))
}
