import { statement, type Tx } from '@purser/postgres'

/** A refund in the sandbox's books. */
export type SandboxRefund = {
  key: string
  refundId: string
  chargeKey: string
  amountMinor: bigint
  status: 'succeeded' | 'failed'
  failureCode: string
}

const findRefundStatement = statement(
  'sandbox.find_refund',
  `select idempotency_key, refund_id, charge_key, amount_minor, status, failure_code
   from sandbox_refund
   where tenant_id = $1
     and idempotency_key = $2`,
)

type RefundRow = {
  idempotency_key: string
  refund_id: string
  charge_key: string
  amount_minor: bigint
  status: SandboxRefund['status']
  failure_code: string
}

/** The refund of this key, if there is one. Takes no lock. */
export async function findSandboxRefund(
  tx: Tx,
  tenantId: string,
  key: string,
): Promise<SandboxRefund | undefined> {
  const [row] = await tx.query<RefundRow>(findRefundStatement, [tenantId, key])
  return (
    row && {
      key: row.idempotency_key,
      refundId: row.refund_id,
      chargeKey: row.charge_key,
      amountMinor: row.amount_minor,
      status: row.status,
      failureCode: row.failure_code,
    }
  )
}

const insertRefundStatement = statement(
  'sandbox.insert_refund',
  `insert into sandbox_refund
     (tenant_id, idempotency_key, refund_id, charge_key, amount_minor, status, failure_code, created_at)
   values ($1, $2, $3, $4, $5::bigint, $6, $7, $8::timestamptz)`,
)

/** Books a refund. The caller has locked its charge. */
export async function insertSandboxRefund(
  tx: Tx,
  tenantId: string,
  refund: SandboxRefund,
  at: Temporal.Instant,
): Promise<void> {
  await tx.execute(insertRefundStatement, [
    tenantId,
    refund.key,
    refund.refundId,
    refund.chargeKey,
    refund.amountMinor,
    refund.status,
    refund.failureCode,
    at,
  ])
}

const lockChargeStatement = statement(
  'sandbox.lock_charge',
  `select token, status, amount_minor, currency, refunded_minor
   from sandbox_charge
   where tenant_id = $1
     and idempotency_key = $2
   for no key update`,
)

/** What a refund needs to know of its charge. Locks its row until the transaction ends. */
export async function lockRefundedCharge(
  tx: Tx,
  tenantId: string,
  chargeKey: string,
): Promise<
  { token: string; isPaid: boolean; currency: string; refundableMinor: bigint } | undefined
> {
  const [row] = await tx.query<{
    token: string
    status: string
    amount_minor: bigint
    currency: string
    refunded_minor: bigint
  }>(lockChargeStatement, [tenantId, chargeKey])
  return (
    row && {
      token: row.token,
      isPaid: row.status === 'succeeded',
      currency: row.currency,
      refundableMinor: row.amount_minor - row.refunded_minor,
    }
  )
}

const addRefundedStatement = statement(
  'sandbox.add_refunded',
  `update sandbox_charge
   set refunded_minor = refunded_minor + $3::bigint
   where tenant_id = $1
     and idempotency_key = $2`,
)

/** Adds to what was given back of a charge. For rows that are locked. */
export async function addRefunded(
  tx: Tx,
  tenantId: string,
  chargeKey: string,
  amountMinor: bigint,
): Promise<void> {
  await tx.execute(addRefundedStatement, [tenantId, chargeKey, amountMinor])
}
