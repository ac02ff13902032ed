import { statement, type Tx } from '@purser/postgres'

const listRecordsStatement = statement(
  'cart.list_personal_records',
  `select json_build_object(
       'cart_id', c.cart_id, 'user_id', c.user_id, 'state', c.state, 'currency', c.currency,
       'note', c.note, 'created_at', c.created_at, 'updated_at', c.updated_at, 'items', (
         select coalesce(json_agg(json_build_object(
             'kind', i.kind, 'id', i.thing_id, 'quantity', i.quantity) order by i.item_id), '[]')
         from cart_item as i
         where i.tenant_id = c.tenant_id and i.cart_id = c.cart_id
       )
     )::text as record
   from cart as c
   where c.tenant_id = $1
     and c.user_id = any($2::text[])
     and c.user_id <> ''
   order by c.cart_id
   offset $3::bigint
   limit $4::bigint`,
)

/** Carts of people: records with plain names as JSON. Takes no lock. */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  { userIds, offset, limit }: { userIds: readonly string[]; offset: number; limit: number },
): Promise<{ kind: string; json: string }[]> {
  const values = [tenantId, userIds, offset, limit]
  const rows = await tx.query<{ record: string }>(listRecordsStatement, values)
  return rows.map(({ record }) => ({ kind: 'carts', json: record }))
}

const stripOrderedStatement = statement(
  'cart.strip_ordered_carts',
  `update cart
   set user_id = '', note = '', token_hash = null
   where tenant_id = $1
     and user_id = any($2::text[])
     and user_id <> ''
     and state = 'ordered'`,
)

const deleteOthersStatement = statement(
  'cart.delete_carts_of_people',
  `delete from cart
   where tenant_id = $1
     and user_id = any($2::text[])
     and user_id <> ''`,
)

/**
 * Removes the carts of people. Those that were ordered, which an order may still be undone for, lose
 * whatever tells of the person instead. Answers how many there were. Locks their rows.
 */
export async function eraseCarts(
  tx: Tx,
  tenantId: string,
  userIds: readonly string[],
): Promise<number> {
  const stripped = await tx.execute(stripOrderedStatement, [tenantId, userIds])
  return stripped + (await tx.execute(deleteOthersStatement, [tenantId, userIds]))
}
