import { statement, type Tx } from '@purser/postgres'
import type { CartItem } from '../domain/cart.ts'

const addStatement = statement(
  'cart.add_item',
  `insert into cart_item as i (tenant_id, cart_id, item_id, kind, thing_id, quantity, seen_minor, seen_currency)
   values ($1, $2, $3, $4, $5, $6::integer, $7::bigint, $8)
   on conflict (tenant_id, cart_id, kind, thing_id) do update
   set quantity = case when i.kind = 'plan' then 1 else i.quantity + excluded.quantity end,
     seen_minor = excluded.seen_minor,
     seen_currency = excluded.seen_currency
   where i.quantity + excluded.quantity <= $9::integer`,
)

/**
 * Adds units to the line of a thing, or makes the line; false, and nothing is done, when it would have
 * more than `maxQuantity` then. The cart is locked.
 */
export async function addItem(
  tx: Tx,
  tenantId: string,
  cartId: string,
  { item, maxQuantity }: { item: CartItem; maxQuantity: bigint },
): Promise<boolean> {
  const { itemId, kind, thingId, quantity, seenMinor, seenCurrency } = item
  const values = [tenantId, cartId, itemId, kind, thingId, quantity, seenMinor, seenCurrency]
  return (await tx.execute(addStatement, [...values, maxQuantity])) > 0
}

const setStatement = statement(
  'cart.set_item_quantity',
  `update cart_item
   set quantity = $4::integer
   where tenant_id = $1
     and cart_id = $2
     and item_id = $3
     and (kind <> 'plan' or $4::integer = 1)`,
)

/** Sets the units of a line; false when there is no such line, or a plan with other than one. The cart is locked. */
export async function setItemQuantity(
  tx: Tx,
  tenantId: string,
  cartId: string,
  { itemId, quantity }: { itemId: string; quantity: bigint },
): Promise<boolean> {
  return (await tx.execute(setStatement, [tenantId, cartId, itemId, quantity])) > 0
}

const removeStatement = statement(
  'cart.remove_item',
  `delete from cart_item
   where tenant_id = $1
     and cart_id = $2
     and item_id = $3`,
)

/** Takes a line out; false when there is no such line. The cart is locked. */
export async function removeItem(
  tx: Tx,
  tenantId: string,
  cartId: string,
  itemId: string,
): Promise<boolean> {
  return (await tx.execute(removeStatement, [tenantId, cartId, itemId])) > 0
}

const seeStatement = statement(
  'cart.see_prices',
  `update cart_item as i
   set seen_minor = s.seen_minor, seen_currency = $4
   from jsonb_to_recordset($3::jsonb) as s (item_id text, seen_minor bigint)
   where i.tenant_id = $1
     and i.cart_id = $2
     and i.item_id = s.item_id`,
)

/** Notes the prices, in minor units of `currency`, that the owner of a cart has taken note of. The cart is locked. */
export async function seePrices(
  tx: Tx,
  tenantId: string,
  cartId: string,
  {
    prices,
    currency,
  }: { prices: readonly { itemId: string; unitMinor: bigint }[]; currency: string },
): Promise<void> {
  const seen = prices.map(({ itemId, unitMinor }) => ({
    item_id: itemId,
    seen_minor: unitMinor.toString(),
  }))
  await tx.execute(seeStatement, [tenantId, cartId, JSON.stringify(seen), currency])
}

const moveStatement = statement(
  'cart.move_items',
  `with moved as (
     delete from cart_item
     where tenant_id = $1 and cart_id = $2
     returning item_id, kind, thing_id, quantity, seen_minor, seen_currency
   ),
   source as (
     update cart
     set state = 'merged', user_id = $4, version = version + 1, updated_at = $5::timestamptz
     where tenant_id = $1 and cart_id = $2
     returning note, coupon_id, currency
   ),
   target as (
     update cart as t
     set version = t.version + 1,
       updated_at = $5::timestamptz,
       expire_at = $6::timestamptz,
       note = case when t.note = '' then s.note else t.note end,
       coupon_id = coalesce(t.coupon_id, s.coupon_id),
       currency = case
         when exists (
           select from cart_item as i where i.tenant_id = $1 and i.cart_id = $3
         ) then t.currency
         else s.currency
       end
     from source as s
     where t.tenant_id = $1 and t.cart_id = $3
   )
   insert into cart_item as i (tenant_id, cart_id, item_id, kind, thing_id, quantity, seen_minor, seen_currency)
   select $1, $3, m.item_id, m.kind, m.thing_id, m.quantity, m.seen_minor, m.seen_currency
   from moved as m
   on conflict (tenant_id, cart_id, kind, thing_id) do update
   set quantity = case
     when i.kind = 'plan' then 1
     else least(i.quantity + excluded.quantity, 99999)
   end`,
)

/**
 * Moves every line of the cart `fromId` into `toId`, where units of the same thing add up, and ends the
 * former as merged into a cart of `userId`. Note and coupon go along where there are none; an empty cart
 * takes the currency too. Both carts are locked.
 */
export async function moveItems(
  tx: Tx,
  tenantId: string,
  { fromId, toId, userId }: { fromId: string; toId: string; userId: string },
  { now, expireAt }: { now: Temporal.Instant; expireAt: Temporal.Instant },
): Promise<void> {
  await tx.execute(moveStatement, [tenantId, fromId, toId, userId, now, expireAt])
}
