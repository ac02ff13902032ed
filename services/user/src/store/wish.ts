import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import type { Wish } from '../domain/wish.ts'

type WishRow = { product_id: string; created_at: Temporal.Instant }

const listWishesStatement = statement(
  'user.list_wishes',
  `select product_id, created_at
   from wish
   where tenant_id = $1
     and user_id = $2
   order by created_at desc, product_id`,
)

/** The person's wishes, newest first. Takes no lock. */
export async function listWishes(tx: Tx, { tenant, userId }: Person): Promise<Wish[]> {
  const rows = await tx.query<WishRow>(listWishesStatement, [tenant, userId])
  return rows.map(fromRowWish)
}

const findWishStatement = statement(
  'user.find_wish',
  `select product_id, created_at
   from wish
   where tenant_id = $1
     and user_id = $2
     and product_id = $3`,
)

/** The person's wish for this product, if there is one. Takes no lock. */
export async function findWish(
  tx: Tx,
  { tenant, userId }: Person,
  productId: string,
): Promise<Wish | undefined> {
  const [row] = await tx.query<WishRow>(findWishStatement, [tenant, userId, productId])
  return row && fromRowWish(row)
}

const countWishesStatement = statement(
  'user.count_wishes',
  `select count(*)::integer as total
   from wish
   where tenant_id = $1
     and user_id = $2`,
)

/** How many wishes the person has. Takes no lock: the caller holds the person's row. */
export async function countWishes(tx: Tx, { tenant, userId }: Person): Promise<number> {
  const [row] = await tx.query<{ total: number }>(countWishesStatement, [tenant, userId])
  return row?.total ?? 0
}

const insertWishStatement = statement(
  'user.insert_wish',
  `insert into wish (tenant_id, user_id, product_id, created_at)
   values ($1, $2, $3, $4::timestamptz)`,
)

/** Inserts a wish that the person does not have. */
export async function insertWish(
  tx: Tx,
  { tenant, userId }: Person,
  { productId, createdAt }: Wish,
): Promise<void> {
  await tx.execute(insertWishStatement, [tenant, userId, productId, createdAt])
}

const deleteWishStatement = statement(
  'user.delete_wish',
  `delete from wish
   where tenant_id = $1
     and user_id = $2
     and product_id = $3`,
)

/** Removes a wish if the person has it. Locks its row. */
export async function deleteWish(
  tx: Tx,
  { tenant, userId }: Person,
  productId: string,
): Promise<void> {
  await tx.execute(deleteWishStatement, [tenant, userId, productId])
}

function fromRowWish(row: WishRow): Wish {
  return { productId: row.product_id, createdAt: row.created_at }
}
