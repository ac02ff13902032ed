import type { Bed } from './bed.ts'
import type { Words } from './names.ts'

/** A guest's cart with a note, a coupon and a line, and one that an order ended, as rows: nobody has the token. */
export async function insertCarts({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const now = '2026-01-01T00:00:00Z'
  const [cart, item, coupon] = [id('cart'), id('item'), id('coupon')]
  await query(
    `insert into cart.coupon (tenant_id, coupon_id, code, percent_hundredths, max_redemptions, redeemed_count,
       created_at)
     values ($1, $2, $3, 1000, 0, 1, $4)`,
    [tenant, coupon, marker.toUpperCase(), now],
  )
  await query(
    `insert into cart.cart (tenant_id, cart_id, state, version, currency, user_id, token_hash, note, coupon_id,
       created_at, updated_at, expire_at)
     values ($1, $2, 'open', 1, 'USD', '', sha256($2::text::bytea), $3, $4, $5, $5, '2099-01-01T00:00:00Z')`,
    [tenant, cart, text('note'), coupon, now],
  )
  await query(
    `insert into cart.cart_item (tenant_id, cart_id, item_id, kind, thing_id, quantity, seen_minor, seen_currency)
     values ($1, $2, $3, 'variant', $4, 1, 100, 'USD')`,
    [tenant, cart, item, marker],
  )
  const order = text('order')
  await query(
    `insert into cart.cart_order (tenant_id, order_id, cart_id, state, created_at)
     values ($1, $2, $3, 'reopened', $4)`,
    [tenant, order, cart, now],
  )
  await query(
    `insert into cart.coupon_use (tenant_id, order_id, coupon_id, created_at)
     values ($1, $2, $3, $4)`,
    [tenant, order, coupon, now],
  )
  return { cart_id: cart, item_id: item, coupon_id: coupon }
}
