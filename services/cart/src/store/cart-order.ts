import { statement, type Tx } from '@purser/postgres'

/** What an order did with a cart. */
export type CartOrder = {
  orderId: string
  cartId: string
  state: 'closed' | 'reopened'
}

const findStatement = statement(
  'cart.find_cart_order',
  `select order_id, cart_id, state
   from cart_order
   where tenant_id = $1
     and order_id = $2`,
)

/** What an order did, if anything. The cart that it is about is locked, so that nobody changes it. */
export async function findCartOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<CartOrder | undefined> {
  const [row] = await tx.query<{ order_id: string; cart_id: string; state: CartOrder['state'] }>(
    findStatement,
    [tenantId, orderId],
  )
  return row && { orderId: row.order_id, cartId: row.cart_id, state: row.state }
}

const closeStatement = statement(
  'cart.close_cart',
  `with redeemed as (
     update coupon
     set redeemed_count = redeemed_count + 1
     where tenant_id = $1
       and coupon_id = $4
       and is_active
       and (starts_at is null or starts_at <= $5::timestamptz)
       and (ends_at is null or ends_at > $5::timestamptz)
       and (max_redemptions = 0 or redeemed_count < max_redemptions)
     returning coupon_id
   ),
   used as (
     insert into coupon_use (tenant_id, order_id, coupon_id, created_at)
     select $1, $3, r.coupon_id, $5::timestamptz
     from redeemed as r
   ),
   ended as (
     update cart
     set state = 'ordered', updated_at = $5::timestamptz
     where tenant_id = $1
       and cart_id = $2
       and ($4::text is null or exists (select from redeemed))
     returning cart_id
   )
   insert into cart_order (tenant_id, order_id, cart_id, state, created_at)
   select $1, $3, e.cart_id, 'closed', $5::timestamptz
   from ended as e`,
)

/**
 * Ends a cart by an order and redeems a coupon; false, and nothing is done, when the coupon cannot be
 * redeemed. The cart is locked and open; locks the coupon's row after it.
 */
export async function closeCart(
  tx: Tx,
  tenantId: string,
  end: { cartId: string; orderId: string; couponId: string | undefined; now: Temporal.Instant },
): Promise<boolean> {
  const { cartId, orderId, couponId, now } = end
  return (await tx.execute(closeStatement, [tenantId, cartId, orderId, couponId, now])) > 0
}

const undoStatement = statement(
  'cart.undo_close',
  `update cart_order
   set state = 'reopened'
   where tenant_id = $1
     and order_id = $2
     and state = 'closed'`,
)

/** Undoes what an order did, but for the cart's state and the coupon. The cart is locked. */
export async function undoClose(tx: Tx, tenantId: string, orderId: string): Promise<void> {
  await tx.execute(undoStatement, [tenantId, orderId])
}

const preventStatement = statement(
  'cart.prevent_close',
  `insert into cart_order (tenant_id, order_id, cart_id, state, created_at)
   values ($1, $2, $3, 'reopened', $4::timestamptz)`,
)

/** Keeps an order from ending a cart later. The cart is locked. */
export async function preventClose(
  tx: Tx,
  tenantId: string,
  { orderId, cartId, now }: { orderId: string; cartId: string; now: Temporal.Instant },
): Promise<void> {
  await tx.execute(preventStatement, [tenantId, orderId, cartId, now])
}
