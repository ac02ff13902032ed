import { statement, type Tx } from '@purser/postgres'
import type { ChargeMove } from '../domain/charge-step.ts'
import type { Payment } from '../domain/payment.ts'
import { fromRowPayment, PAYMENT_COLUMNS, type PaymentRow } from './payment-row.ts'

const insertPaymentStatement = statement(
  'payment.insert_payment',
  `with made as (
     insert into payment
       (tenant_id, payment_id, idempotency_key, request_hash, state, version, amount_minor, currency,
        order_id, saga_id, account_id, provider, check_at, created_at, updated_at)
     values ($1, $2, $3, $4::bytea, 'processing', 2, $5::bigint, $6, $7, $8, $9, $10,
       $11::timestamptz, $12::timestamptz, $12::timestamptz)
     on conflict do nothing
     returning tenant_id, ${PAYMENT_COLUMNS}
   ), noted as (
     insert into payment_transition
       (tenant_id, payment_id, number, from_state, to_state, cause, created_at)
     select tenant_id, payment_id, number, from_state, to_state, $13, created_at
     from made, (values (1, null, 'created'), (2, 'created', 'processing'))
       as step(number, from_state, to_state)
   )
   select ${PAYMENT_COLUMNS}
   from made`,
)

/**
 * Inserts a payment that is processing, and how it came there. Undefined when its key or its id is
 * taken; waits for a transaction that takes them to end.
 */
export async function insertPayment(
  tx: Tx,
  tenantId: string,
  payment: Payment,
  cause: string,
): Promise<Payment | undefined> {
  const [row] = await tx.query<PaymentRow>(insertPaymentStatement, [
    tenantId,
    payment.paymentId,
    payment.idempotencyKey,
    payment.requestHash,
    payment.amount.amountMinor,
    payment.amount.currency,
    payment.orderId,
    payment.sagaId,
    payment.accountId,
    payment.provider,
    payment.checkAt,
    payment.createdAt,
    cause,
  ])
  return row && fromRowPayment(row)
}

const movePaymentStatement = statement(
  'payment.move_payment',
  `with moved as (
     update payment
     set state = $4,
       version = version + 1,
       decline_code = $6,
       action_url = $7,
       check_at = $8::timestamptz,
       check_count = $9::integer,
       provider_reference = coalesce(nullif($10, ''), provider_reference),
       card_brand = coalesce($11, card_brand),
       card_last4 = coalesce($12, card_last4),
       card_expiry_month = coalesce($13::smallint, card_expiry_month),
       card_expiry_year = coalesce($14::smallint, card_expiry_year),
       updated_at = $15::timestamptz
     where tenant_id = $1
       and payment_id = $2
       and version = $3::integer
     returning tenant_id, ${PAYMENT_COLUMNS}
   ), noted as (
     insert into payment_transition
       (tenant_id, payment_id, number, from_state, to_state, cause, created_at)
     select tenant_id, payment_id, version, $5, state, $16, updated_at
     from moved
   )
   select ${PAYMENT_COLUMNS}
   from moved`,
)

/**
 * Moves a payment, as it was read, to another state and notes it in its history. Undefined when it
 * has moved since. Locks its row.
 */
export async function movePayment(
  tx: Tx,
  tenantId: string,
  payment: Payment,
  { move, cause, at }: { move: ChargeMove; cause: string; at: Temporal.Instant },
): Promise<Payment | undefined> {
  const { card } = move
  const [row] = await tx.query<PaymentRow>(movePaymentStatement, [
    tenantId,
    payment.paymentId,
    payment.version,
    move.to,
    payment.state,
    move.declineCode,
    move.actionUrl,
    move.checkAt,
    move.checkCount,
    move.providerReference,
    card?.brand,
    card?.last4,
    card?.expiryMonth,
    card?.expiryYear,
    at,
    cause,
  ])
  return row && fromRowPayment(row)
}

const postponeCheckStatement = statement(
  'payment.postpone_check',
  `update payment
   set check_at = $4::timestamptz, check_count = $5::integer
   where tenant_id = $1
     and payment_id = $2
     and version = $3::integer
     and check_at is not null`,
)

/** Asks for the outcome of a payment later, unless it has moved since it was read. Locks its row. */
export async function postponeCheck(
  tx: Tx,
  tenantId: string,
  { paymentId, version }: Payment,
  { checkAt, checkCount }: { checkAt: Temporal.Instant; checkCount: number },
): Promise<void> {
  await tx.execute(postponeCheckStatement, [tenantId, paymentId, version, checkAt, checkCount])
}

const findPaymentStatement = statement(
  'payment.find_payment',
  `select ${PAYMENT_COLUMNS}
   from payment
   where tenant_id = $1
     and payment_id = $2`,
)

/** The payment with this id, if there is one. Takes no lock. */
export async function findPayment(
  tx: Tx,
  tenantId: string,
  paymentId: string,
): Promise<Payment | undefined> {
  const [row] = await tx.query<PaymentRow>(findPaymentStatement, [tenantId, paymentId])
  return row && fromRowPayment(row)
}

const findByKeyStatement = statement(
  'payment.find_payment_by_key',
  `select ${PAYMENT_COLUMNS}
   from payment
   where tenant_id = $1
     and idempotency_key = $2`,
)

/** The payment of an idempotency key, if there is one. Takes no lock. */
export async function findPaymentByKey(
  tx: Tx,
  tenantId: string,
  idempotencyKey: string,
): Promise<Payment | undefined> {
  const [row] = await tx.query<PaymentRow>(findByKeyStatement, [tenantId, idempotencyKey])
  return row && fromRowPayment(row)
}

const lockPaymentStatement = statement(
  'payment.lock_payment',
  `select ${PAYMENT_COLUMNS}
   from payment
   where tenant_id = $1
     and payment_id = $2
   for no key update`,
)

/** The payment with this id, if there is one. Locks its row until the transaction ends. */
export async function lockPayment(
  tx: Tx,
  tenantId: string,
  paymentId: string,
): Promise<Payment | undefined> {
  const [row] = await tx.query<PaymentRow>(lockPaymentStatement, [tenantId, paymentId])
  return row && fromRowPayment(row)
}

const reserveRefundStatement = statement(
  'payment.reserve_refund',
  `update payment
   set refunding_minor = refunding_minor + $3::bigint
   where tenant_id = $1
     and payment_id = $2`,
)

/**
 * Reserves an amount of a paid payment for a refund; a negative one is set free. The database refuses
 * more than was paid. For rows that are locked.
 */
export async function reserveRefund(
  tx: Tx,
  tenantId: string,
  paymentId: string,
  amountMinor: bigint,
): Promise<void> {
  await tx.execute(reserveRefundStatement, [tenantId, paymentId, amountMinor])
}

const noteRefundStatement = statement(
  'payment.note_refund',
  `with moved as (
     update payment
     set refunding_minor = refunding_minor - $3::bigint,
       refunded_minor = refunded_minor + $3::bigint,
       state = case when refunded_minor + $3::bigint = amount_minor then 'refunded'
         else 'partially_refunded' end,
       version = version + 1,
       updated_at = $6::timestamptz
     where tenant_id = $1
       and payment_id = $2
     returning tenant_id, ${PAYMENT_COLUMNS}
   ), noted as (
     insert into payment_transition
       (tenant_id, payment_id, number, from_state, to_state, cause, created_at)
     select tenant_id, payment_id, version, $4, state, $5, updated_at
     from moved
   )
   select ${PAYMENT_COLUMNS}
   from moved`,
)

/** Books a reserved amount as given back, and notes it in the history. For rows that are locked. */
export async function noteRefund(
  tx: Tx,
  tenantId: string,
  payment: Payment,
  { amountMinor, cause, at }: { amountMinor: bigint; cause: string; at: Temporal.Instant },
): Promise<Payment> {
  const values = [tenantId, payment.paymentId, amountMinor, payment.state, cause, at]
  const [row] = await tx.query<PaymentRow>(noteRefundStatement, values)
  return row ? fromRowPayment(row) : payment
}
