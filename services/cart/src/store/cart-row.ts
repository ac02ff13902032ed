import type { Cart, CartItem, CartState, WholeCart } from '../domain/cart.ts'
import { type CouponRow, fromCouponRow } from './coupon-row.ts'

/** Columns of a cart, prefixed with `c.`. */
export const CART_COLUMNS = `
  c.cart_id, c.state, c.version, c.currency, c.user_id, c.note, c.created_at, c.updated_at, c.expire_at`

/** A row of `CART_COLUMNS`. */
export type CartRow = {
  cart_id: string
  state: CartState
  version: bigint
  currency: string
  user_id: string
  note: string
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  expire_at: Temporal.Instant
}

/** The cart of a row. */
export function fromCartRow(row: CartRow): Cart {
  return {
    cartId: row.cart_id,
    state: row.state,
    version: row.version,
    currency: row.currency,
    userId: row.user_id,
    note: row.note,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expireAt: row.expire_at,
  }
}

/** A line as it stands in JSON; `seen_minor` as text, since JSON's numbers are not exact. */
type ItemJson = {
  item_id: string
  kind: CartItem['kind']
  thing_id: string
  quantity: number
  seen_minor: string
  seen_currency: string
}

/** The lines of cart `c` as one JSON column `items`, in the order in which they were put in. */
export const ITEMS_COLUMN = `
  (
    select coalesce(json_agg(json_build_object(
        'item_id', i.item_id, 'kind', i.kind, 'thing_id', i.thing_id, 'quantity', i.quantity,
        'seen_minor', i.seen_minor::text, 'seen_currency', i.seen_currency) order by i.item_id), '[]')
    from cart_item as i
    where i.tenant_id = c.tenant_id and i.cart_id = c.cart_id
  ) as items`

/** A row of a cart, its lines, and the columns of its coupon, null without one. */
export type WholeCartRow = CartRow & { items: ItemJson[] } & (
    | (CouponRow & { coupon_id: string })
    | { coupon_id: null }
  )

/** The whole cart of a row. */
export function fromWholeCartRow(row: WholeCartRow): WholeCart {
  return {
    cart: fromCartRow(row),
    items: row.items.map(fromItemJson),
    coupon: row.coupon_id === null ? undefined : fromCouponRow(row),
  }
}

function fromItemJson(json: ItemJson): CartItem {
  return {
    itemId: json.item_id,
    kind: json.kind,
    thingId: json.thing_id,
    quantity: BigInt(json.quantity),
    seenMinor: BigInt(json.seen_minor),
    seenCurrency: json.seen_currency,
  }
}
