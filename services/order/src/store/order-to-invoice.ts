import { statement, type Tx } from '@purser/postgres'
import type { Order } from '../domain/order.ts'
import { fromRowOrder, LINES_COLUMN, ORDER_COLUMNS, type OrderRow } from './order-row.ts'

/** An order and when its checkout began, which is when its plans do. */
export type OrderToInvoice = { order: Order; begunAt: Temporal.Instant }

const listStatement = statement(
  'order.list_orders_to_invoice',
  `select ${ORDER_COLUMNS}, ${LINES_COLUMN}, (
     select begun.created_at
     from checkout as begun
     where begun.tenant_id = sales_order.tenant_id
       and begun.checkout_id = sales_order.checkout_id
   ) as begun_at
   from sales_order
   where tenant_id = $1
     and order_id = any($2::text[])
   order by order_id`,
)

/** Orders as they are invoiced, the oldest first. Takes no lock. */
export async function listOrdersToInvoice(
  tx: Tx,
  tenantId: string,
  orderIds: readonly string[],
): Promise<OrderToInvoice[]> {
  const rows = await tx.query<OrderRow & { begun_at: Temporal.Instant | null }>(listStatement, [
    tenantId,
    orderIds,
  ])
  return rows.map((row) => ({ order: fromRowOrder(row), begunAt: row.begun_at ?? row.created_at }))
}
