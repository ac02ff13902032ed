import { statement, type Tx } from '@purser/postgres'

/** A cart of some tenant. */
export type CartName = { tenantId: string; cartId: string }

const dueStatement = statement(
  'cart.list_due_carts',
  `select tenant_id, cart_id
   from cart
   where state = 'open'
     and expire_at <= $1::timestamptz
   order by expire_at
   limit $2::integer`,
)

/** Open carts of all tenants whose time is over, in a system transaction. Takes no lock. */
export async function listDueCarts(
  tx: Tx,
  now: Temporal.Instant,
  limit: number,
): Promise<CartName[]> {
  return await listNames(tx, dueStatement, [now, limit])
}

const oldStatement = statement(
  'cart.list_old_carts',
  `select tenant_id, cart_id
   from cart
   where state <> 'open'
     and updated_at < $1::timestamptz
   order by updated_at
   limit $2::integer`,
)

/** Carts of all tenants that ended before a time, in a system transaction. Takes no lock. */
export async function listOldCarts(
  tx: Tx,
  before: Temporal.Instant,
  limit: number,
): Promise<CartName[]> {
  return await listNames(tx, oldStatement, [before, limit])
}

async function listNames(
  tx: Tx,
  list: typeof dueStatement,
  values: readonly unknown[],
): Promise<CartName[]> {
  const rows = await tx.query<{ tenant_id: string; cart_id: string }>(list, values)
  return rows.map((row) => ({ tenantId: row.tenant_id, cartId: row.cart_id }))
}

const expireStatement = statement(
  'cart.expire_carts',
  `with due as (
     select cart_id
     from cart
     where tenant_id = $1
       and cart_id = any($2::text[])
       and state = 'open'
       and expire_at <= $3::timestamptz
     order by cart_id
     for no key update skip locked
   )
   update cart as c
   set state = 'expired', version = c.version + 1, updated_at = $3::timestamptz
   from due as d
   where c.tenant_id = $1
     and c.cart_id = d.cart_id
   returning c.cart_id, c.user_id, c.currency, (
     select coalesce(sum(i.quantity), 0)::bigint
     from cart_item as i
     where i.tenant_id = c.tenant_id and i.cart_id = c.cart_id
   ) as unit_count`,
)

/** A cart that nobody came back to. */
export type ExpiredCart = { cartId: string; userId: string; currency: string; unitCount: bigint }

/** Expires those of the carts whose time is over; one that somebody works on right now waits. Locks their rows. */
export async function expireCarts(
  tx: Tx,
  tenantId: string,
  cartIds: readonly string[],
  now: Temporal.Instant,
): Promise<ExpiredCart[]> {
  const rows = await tx.query<{
    cart_id: string
    user_id: string
    currency: string
    unit_count: bigint
  }>(expireStatement, [tenantId, cartIds, now])
  return rows.map((row) => ({
    cartId: row.cart_id,
    userId: row.user_id,
    currency: row.currency,
    unitCount: row.unit_count,
  }))
}

const deleteStatement = statement(
  'cart.delete_old_carts',
  `delete from cart
   where tenant_id = $1
     and cart_id = any($2::text[])
     and state <> 'open'
     and updated_at < $3::timestamptz`,
)

/** Removes those of the carts that ended before a time, with their lines. Locks their rows. */
export async function deleteOldCarts(
  tx: Tx,
  tenantId: string,
  cartIds: readonly string[],
  before: Temporal.Instant,
): Promise<void> {
  await tx.execute(deleteStatement, [tenantId, cartIds, before])
}
