import { statement, type Tx } from '@purser/postgres'
import type { Cart, CartState } from '../domain/cart.ts'
import { CART_COLUMNS, type CartRow, fromCartRow } from './cart-row.ts'

/** A cart with how much is in it. */
export type CountedCart = { cart: Cart; itemCount: number; unitCount: bigint }

const listStatement = statement(
  'cart.list_carts',
  `select ${CART_COLUMNS}, n.item_count, n.unit_count
   from cart as c
   cross join lateral (
     select count(*)::integer as item_count, coalesce(sum(i.quantity), 0)::bigint as unit_count
     from cart_item as i
     where i.tenant_id = c.tenant_id and i.cart_id = c.cart_id
   ) as n
   where c.tenant_id = $1
     and ($2::text is null or c.state = $2)
     and ($3::text is null or c.cart_id < $3)
   order by c.cart_id desc
   limit $4::integer`,
)

/** Carts before an id, the newest first: ids sort by time. Takes no lock. */
export async function listCarts(
  tx: Tx,
  tenantId: string,
  question: { state: CartState | undefined; beforeId: string | undefined; limit: number },
): Promise<CountedCart[]> {
  const { state, beforeId, limit } = question
  const rows = await tx.query<CartRow & { item_count: number; unit_count: bigint }>(listStatement, [
    tenantId,
    state,
    beforeId,
    limit,
  ])
  return rows.map((row) => ({
    cart: fromCartRow(row),
    itemCount: row.item_count,
    unitCount: row.unit_count,
  }))
}
