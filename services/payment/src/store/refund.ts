import { statement, type Tx } from '@purser/postgres'
import type { Refund, RefundState } from '../domain/refund.ts'

const REFUND_COLUMNS = `
  refund_id, payment_id, idempotency_key, request_hash, state, amount_minor, currency, reason,
  provider_reference, failure_code, check_at, check_count, created_at, updated_at`

type RefundRow = {
  refund_id: string
  payment_id: string
  idempotency_key: string
  request_hash: Buffer
  state: RefundState
  amount_minor: bigint
  currency: string
  reason: string
  provider_reference: string
  failure_code: string
  check_at: Temporal.Instant | null
  check_count: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

const insertRefundStatement = statement(
  'payment.insert_refund',
  `insert into refund
     (tenant_id, refund_id, payment_id, idempotency_key, request_hash, state, amount_minor, currency,
      reason, check_at, created_at, updated_at)
   values ($1, $2, $3, $4, $5::bytea, 'processing', $6::bigint, $7, $8, $9::timestamptz,
     $10::timestamptz, $10::timestamptz)
   on conflict (tenant_id, idempotency_key) do nothing`,
)

/** Inserts a refund that is processing; false when its key is taken. Waits for whoever takes it to end. */
export async function insertRefund(tx: Tx, tenantId: string, refund: Refund): Promise<boolean> {
  const inserted = await tx.execute(insertRefundStatement, [
    tenantId,
    refund.refundId,
    refund.paymentId,
    refund.idempotencyKey,
    refund.requestHash,
    refund.amount.amountMinor,
    refund.amount.currency,
    refund.reason,
    refund.checkAt,
    refund.createdAt,
  ])
  return inserted === 1
}

const settleRefundStatement = statement(
  'payment.settle_refund',
  `update refund
   set state = $3,
     provider_reference = coalesce(nullif($4, ''), provider_reference),
     failure_code = $5,
     check_at = $6::timestamptz,
     check_count = $7::integer,
     updated_at = $8::timestamptz
   where tenant_id = $1
     and refund_id = $2
     and state in ('processing', 'unknown')`,
)

/** Stores where a refund stands, unless it is settled; answers whether it did. Locks its row. */
export async function settleRefund(tx: Tx, tenantId: string, refund: Refund): Promise<boolean> {
  const updated = await tx.execute(settleRefundStatement, [
    tenantId,
    refund.refundId,
    refund.state,
    refund.providerReference,
    refund.failureCode,
    refund.checkAt,
    refund.checkCount,
    refund.updatedAt,
  ])
  return updated === 1
}

const findRefundStatement = statement(
  'payment.find_refund',
  `select ${REFUND_COLUMNS}
   from refund
   where tenant_id = $1
     and refund_id = $2`,
)

/** The refund with this id, if there is one. Takes no lock. */
export async function findRefund(
  tx: Tx,
  tenantId: string,
  refundId: string,
): Promise<Refund | undefined> {
  const [row] = await tx.query<RefundRow>(findRefundStatement, [tenantId, refundId])
  return row && fromRowRefund(row)
}

const findByKeyStatement = statement(
  'payment.find_refund_by_key',
  `select ${REFUND_COLUMNS}
   from refund
   where tenant_id = $1
     and idempotency_key = $2`,
)

/** The refund of an idempotency key, if there is one. Takes no lock. */
export async function findRefundByKey(
  tx: Tx,
  tenantId: string,
  idempotencyKey: string,
): Promise<Refund | undefined> {
  const [row] = await tx.query<RefundRow>(findByKeyStatement, [tenantId, idempotencyKey])
  return row && fromRowRefund(row)
}

const listRefundsStatement = statement(
  'payment.list_refunds',
  `select ${REFUND_COLUMNS}
   from refund
   where tenant_id = $1
     and payment_id = $2
   order by refund_id`,
)

/** The refunds of a payment, oldest first. Takes no lock. */
export async function listRefunds(tx: Tx, tenantId: string, paymentId: string): Promise<Refund[]> {
  const rows = await tx.query<RefundRow>(listRefundsStatement, [tenantId, paymentId])
  return rows.map(fromRowRefund)
}

function fromRowRefund(row: RefundRow): Refund {
  return {
    refundId: row.refund_id,
    paymentId: row.payment_id,
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
    state: row.state,
    amount: { amountMinor: row.amount_minor, currency: row.currency },
    reason: row.reason,
    providerReference: row.provider_reference,
    failureCode: row.failure_code,
    checkAt: row.check_at ?? undefined,
    checkCount: row.check_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
