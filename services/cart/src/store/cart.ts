import { assert } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'
import type { Cart, WholeCart } from '../domain/cart.ts'
import {
  CART_COLUMNS,
  type CartRow,
  fromCartRow,
  fromWholeCartRow,
  ITEMS_COLUMN,
  type WholeCartRow,
} from './cart-row.ts'
import { COUPON_COLUMNS } from './coupon-row.ts'

/** Whose cart is meant: that which a token opens, or the open one of a person. */
export type CartKey =
  | { kind: 'guest'; cartId: string; tokenHash: Buffer }
  | { kind: 'own'; userId: string }

const insertStatement = statement(
  'cart.insert_guest_cart',
  `insert into cart (tenant_id, cart_id, state, version, currency, user_id, token_hash, note, created_at,
     updated_at, expire_at)
   values ($1, $2, 'open', 1, $3, '', $4, '', $5::timestamptz, $5::timestamptz, $6::timestamptz)`,
)

/** Inserts an empty cart that a token opens. Takes no lock beyond its own row. */
export async function insertGuestCart(
  tx: Tx,
  tenantId: string,
  { cart, tokenHash }: { cart: Cart; tokenHash: Buffer },
): Promise<void> {
  const { cartId, currency, createdAt, expireAt } = cart
  await tx.execute(insertStatement, [tenantId, cartId, currency, tokenHash, createdAt, expireAt])
}

const lockOwnStatement = statement(
  'cart.lock_or_make_own_cart',
  `insert into cart as c (tenant_id, cart_id, state, version, currency, user_id, note, created_at,
     updated_at, expire_at)
   values ($1, $2, 'open', 1, $3, $4, '', $5::timestamptz, $5::timestamptz, $6::timestamptz)
   on conflict (tenant_id, user_id) where state = 'open' and user_id <> ''
   do update set version = c.version
   returning ${CART_COLUMNS}`,
)

/** The person's open cart: the one that is there, or else `cart`. Locks its row. */
export async function lockOrMakeOwnCart(tx: Tx, tenantId: string, cart: Cart): Promise<Cart> {
  const { cartId, currency, userId, createdAt, expireAt } = cart
  const values = [tenantId, cartId, currency, userId, createdAt, expireAt]
  const rows = await tx.query<CartRow>(lockOwnStatement, values)
  const [found] = rows.map(fromCartRow)
  assert(found, 'a cart is inserted or found')
  return found
}

const lockGuestStatement = statement(
  'cart.lock_guest_cart',
  `select ${CART_COLUMNS}
   from cart as c
   where c.tenant_id = $1
     and c.cart_id = $2
     and c.token_hash = $3
   for no key update`,
)

const lockOpenOwnStatement = statement(
  'cart.lock_own_cart',
  `select ${CART_COLUMNS}
   from cart as c
   where c.tenant_id = $1
     and c.user_id = $2
     and c.state = 'open'
   for no key update`,
)

/** The cart that is meant, if there is one. Locks its row. */
export async function lockCart(tx: Tx, tenantId: string, key: CartKey): Promise<Cart | undefined> {
  const rows =
    key.kind === 'guest'
      ? await tx.query<CartRow>(lockGuestStatement, [tenantId, key.cartId, key.tokenHash])
      : await tx.query<CartRow>(lockOpenOwnStatement, [tenantId, key.userId])
  return rows.map(fromCartRow)[0]
}

const lockByIdStatement = statement(
  'cart.lock_cart',
  `select ${CART_COLUMNS}
   from cart as c
   where c.tenant_id = $1
     and c.cart_id = $2
   for no key update`,
)

/** The cart with this id, if there is one, whoever has it. Locks its row. */
export async function lockCartById(
  tx: Tx,
  tenantId: string,
  cartId: string,
): Promise<Cart | undefined> {
  const rows = await tx.query<CartRow>(lockByIdStatement, [tenantId, cartId])
  return rows.map(fromCartRow)[0]
}

const WHOLE = `
  select ${CART_COLUMNS}, ${ITEMS_COLUMN}, ${COUPON_COLUMNS}
  from cart as c
  left join coupon as p on p.tenant_id = c.tenant_id and p.coupon_id = c.coupon_id
  where c.tenant_id = $1`

const findGuestStatement = statement(
  'cart.find_guest_cart',
  `${WHOLE}
     and c.cart_id = $2
     and c.token_hash = $3`,
)

const findByTokenStatement = statement(
  'cart.find_cart_by_token',
  `${WHOLE}
     and c.token_hash = $2`,
)

const findOwnStatement = statement(
  'cart.find_own_cart',
  `${WHOLE}
     and c.user_id = $2
     and c.state = 'open'`,
)

const findByIdStatement = statement(
  'cart.find_cart',
  `${WHOLE}
     and c.cart_id = $2`,
)

/** The cart that is meant with everything in it, if there is one. Takes no lock. */
export async function findWholeCart(
  tx: Tx,
  tenantId: string,
  key: CartKey,
): Promise<WholeCart | undefined> {
  if (key.kind === 'own') return await findOne(tx, findOwnStatement, [tenantId, key.userId])
  const { cartId, tokenHash } = key
  if (cartId === '') return await findOne(tx, findByTokenStatement, [tenantId, tokenHash])
  return await findOne(tx, findGuestStatement, [tenantId, cartId, tokenHash])
}

/** A cart that is locked, with everything in it as it is now. */
export async function readLockedCart(tx: Tx, tenantId: string, cartId: string): Promise<WholeCart> {
  const found = await findOne(tx, findByIdStatement, [tenantId, cartId])
  assert(found, 'a cart that is locked is there')
  return found
}

async function findOne(
  tx: Tx,
  find: typeof findByIdStatement,
  values: readonly unknown[],
): Promise<WholeCart | undefined> {
  const rows = await tx.query<WholeCartRow>(find, values)
  return rows.map(fromWholeCartRow)[0]
}

const touchStatement = statement(
  'cart.touch_cart',
  `update cart
   set version = version + 1, updated_at = $3::timestamptz, expire_at = $4::timestamptz
   where tenant_id = $1
     and cart_id = $2`,
)

/** When something is changed, and until when it lives from then on. */
export type Moment = { now: Temporal.Instant; expireAt: Temporal.Instant }

/** Raises the version of a cart that is locked, and gives it time. */
export async function touchCart(
  tx: Tx,
  tenantId: string,
  cartId: string,
  { now, expireAt }: Moment,
): Promise<void> {
  await tx.execute(touchStatement, [tenantId, cartId, now, expireAt])
}

const updateStatement = statement(
  'cart.update_cart',
  `update cart
   set note = coalesce($3, note),
     currency = coalesce($4, currency),
     coupon_id = case when $5::boolean then $6 else coupon_id end
   where tenant_id = $1
     and cart_id = $2`,
)

/** What its owner says of a cart; what is undefined stays. */
export type CartWishes = {
  note: string | undefined
  currency: string | undefined
  /** A `couponId` that is undefined removes the coupon. */
  coupon: { couponId: string | undefined } | undefined
}

/** Writes what its owner says of a cart that is locked. */
export async function updateCart(
  tx: Tx,
  tenantId: string,
  cartId: string,
  { note, currency, coupon }: CartWishes,
): Promise<void> {
  const values = [tenantId, cartId, note, currency, coupon !== undefined, coupon?.couponId]
  await tx.execute(updateStatement, values)
}

const reopenStatement = statement(
  'cart.reopen_cart',
  `update cart
   set state = 'open', version = version + 1, updated_at = $3::timestamptz, expire_at = $4::timestamptz
   where tenant_id = $1
     and cart_id = $2`,
)

/** Opens a cart that is locked. Fails with a unique violation when its owner has another open one. */
export async function openCart(
  tx: Tx,
  tenantId: string,
  cartId: string,
  { now, expireAt }: Moment,
): Promise<void> {
  await tx.execute(reopenStatement, [tenantId, cartId, now, expireAt])
}
