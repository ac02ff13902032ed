import { statement, type Tx } from '@purser/postgres'
import type { Address } from '../domain/order.ts'

const updateStatement = statement(
  'order.update_address',
  `update sales_order
   set recipient = $3, phone = $4, shipping_address = $5::jsonb, updated_at = $6::timestamptz
   where tenant_id = $1
     and order_id = $2`,
)

/** Changes who gets an order, and where. Locks its row. */
export async function updateAddress(
  tx: Tx,
  tenantId: string,
  orderId: string,
  changes: { recipient: string; phone: string; shippingAddress: Address; at: Temporal.Instant },
): Promise<void> {
  const { recipient, phone, shippingAddress, at } = changes
  await tx.execute(updateStatement, [tenantId, orderId, recipient, phone, shippingAddress, at])
}
