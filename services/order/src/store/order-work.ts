import { statement, type Tx } from '@purser/postgres'
import type { OrderRefund, OrderReturn, Units } from '../domain/order.ts'

const insertRefundStatement = statement(
  'order.insert_refund',
  `with reserved as (
     update sales_order
     set refunding_minor = refunding_minor + $4::bigint
     where tenant_id = $1
       and order_id = $3
     returning tenant_id, order_id, currency
   )
   insert into order_refund
     (tenant_id, refund_id, order_id, state, payment_id, amount_minor, currency, reason, created_at,
      updated_at)
   select tenant_id, $2, order_id, 'open', $7, $4::bigint, currency, $5, $6::timestamptz, $6::timestamptz
   from reserved`,
)

/** Opens a refund and reserves its amount. The database refuses more than was paid. For orders that are locked. */
export async function insertRefund(
  tx: Tx,
  tenantId: string,
  { refundId, orderId, paymentId, amountMinor, reason, createdAt }: OrderRefund,
): Promise<void> {
  const values = [tenantId, refundId, orderId, amountMinor, reason, createdAt, paymentId]
  await tx.execute(insertRefundStatement, values)
}

const settleRefundStatement = statement(
  'order.settle_refund',
  `with settled as (
     update order_refund
     set state = $3, failure_code = $4, updated_at = $5::timestamptz
     where tenant_id = $1
       and refund_id = $2
       and state = 'open'
     returning tenant_id, order_id, amount_minor
   )
   update sales_order
   set refunding_minor = sales_order.refunding_minor - settled.amount_minor,
     refunded_minor = sales_order.refunded_minor
       + case $3 when 'succeeded' then settled.amount_minor else 0 end,
     updated_at = $5::timestamptz
   from settled
   where sales_order.tenant_id = settled.tenant_id
     and sales_order.order_id = settled.order_id`,
)

/** Books what became of an open refund; false when it is none. For orders that are locked. */
export async function settleRefund(
  tx: Tx,
  tenantId: string,
  refundId: string,
  settled: { state: 'succeeded' | 'failed'; failureCode: string; at: Temporal.Instant },
): Promise<boolean> {
  const values = [tenantId, refundId, settled.state, settled.failureCode, settled.at]
  return (await tx.execute(settleRefundStatement, values)) === 1
}

const insertReturnStatement = statement(
  'order.insert_return',
  `insert into order_return
     (tenant_id, return_id, order_id, lines, reason, refund_id, created_at)
   values ($1, $2, $3, $4::jsonb, $5, $6, $7::timestamptz)`,
)

/** Notes goods that go back to the shelf. */
export async function insertReturn(
  tx: Tx,
  tenantId: string,
  { returnId, orderId, lines, reason, refundId, createdAt }: OrderReturn,
): Promise<void> {
  const goods = JSON.stringify(lines)
  const values = [tenantId, returnId, orderId, goods, reason, refundId, createdAt]
  await tx.execute(insertReturnStatement, values)
}

const countUnitsStatement = statement(
  'order.count_units',
  `update order_line as line
   set shipped_quantity = least(quantity, shipped_quantity + unit.shipped),
     delivered_quantity = least(quantity, delivered_quantity + unit.delivered),
     returned_quantity = returned_quantity + unit.returned
   from jsonb_to_recordset($3::jsonb) as unit(
     "lineNumber" integer, shipped bigint, delivered bigint, returned bigint
   )
   where line.tenant_id = $1
     and line.order_id = $2
     and line.line_number = unit."lineNumber"`,
)

/** Units of a line that left, arrived or came back. */
export type CountedUnits = {
  lineNumber: number
  shipped: number
  delivered: number
  returned: number
}

/**
 * Counts units of lines. What was lost and sent again counts once; the database refuses more that
 * comes back than was bought. For orders that are locked.
 */
export async function countUnits(
  tx: Tx,
  tenantId: string,
  orderId: string,
  units: readonly CountedUnits[],
): Promise<void> {
  await tx.execute(countUnitsStatement, [tenantId, orderId, JSON.stringify(units)])
}

const noteRestockedStatement = statement(
  'order.note_restocked',
  `update order_return
   set is_restocked = true
   where tenant_id = $1
     and return_id = $2`,
)

/** Notes that goods are on the shelf again. Locks the row. */
export async function noteRestocked(tx: Tx, tenantId: string, returnId: string): Promise<void> {
  await tx.execute(noteRestockedStatement, [tenantId, returnId])
}

const listRefundsStatement = statement(
  'order.list_refunds',
  `select refund.refund_id, refund.order_id, refund.state, refund.amount_minor, refund.currency,
     coalesce(nullif(refund.payment_id, ''), sales_order.payment_id) as payment_id, refund.reason,
     refund.failure_code, refund.created_at
   from order_refund as refund
   join sales_order using (tenant_id, order_id)
   where refund.tenant_id = $1
     and refund.order_id = $2
   order by refund.refund_id`,
)

/** The refunds of an order, oldest first. Takes no lock. */
export async function listRefunds(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<OrderRefund[]> {
  const rows = await tx.query<{
    refund_id: string
    order_id: string
    state: OrderRefund['state']
    payment_id: string
    amount_minor: bigint
    currency: string
    reason: string
    failure_code: string
    created_at: Temporal.Instant
  }>(listRefundsStatement, [tenantId, orderId])
  return rows.map((row) => ({
    refundId: row.refund_id,
    orderId: row.order_id,
    state: row.state,
    paymentId: row.payment_id,
    amountMinor: row.amount_minor,
    currency: row.currency,
    reason: row.reason,
    failureCode: row.failure_code,
    createdAt: row.created_at,
  }))
}

const listReturnsStatement = statement(
  'order.list_returns',
  `select return_id, order_id, lines, reason, refund_id, is_restocked, created_at
   from order_return
   where tenant_id = $1
     and order_id = $2
   order by return_id`,
)

/** The returns of an order, oldest first. Takes no lock. */
export async function listReturns(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<OrderReturn[]> {
  const rows = await tx.query<{
    return_id: string
    order_id: string
    lines: Units[]
    reason: string
    refund_id: string
    is_restocked: boolean
    created_at: Temporal.Instant
  }>(listReturnsStatement, [tenantId, orderId])
  return rows.map((row) => ({
    returnId: row.return_id,
    orderId: row.order_id,
    lines: row.lines,
    reason: row.reason,
    refundId: row.refund_id,
    isRestocked: row.is_restocked,
    createdAt: row.created_at,
  }))
}
