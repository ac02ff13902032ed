import { statement, type Tx } from '@purser/postgres'
import type { Collection } from '../domain/category.ts'

const listStatement = statement(
  'catalog.list_collections',
  `select collection_id, slug, title, description
   from collection
   where tenant_id = $1
   order by title, collection_id`,
)

/** Every collection, by title. */
export async function listCollections(tx: Tx, tenantId: string): Promise<Collection[]> {
  const rows = await tx.query<{
    collection_id: string
    slug: string
    title: string
    description: string
  }>(listStatement, [tenantId])
  return rows.map(({ collection_id: collectionId, ...rest }) => ({ collectionId, ...rest }))
}

const insertStatement = statement(
  'catalog.insert_collection',
  `insert into collection (tenant_id, collection_id, slug, title, description)
   values ($1, $2, $3, $4, $5)`,
)

/** Inserts a collection; fails with a violation of `collection_slug`. */
export async function insertCollection(tx: Tx, tenantId: string, row: Collection): Promise<void> {
  const { collectionId, slug, title, description } = row
  await tx.execute(insertStatement, [tenantId, collectionId, slug, title, description])
}

const updateStatement = statement(
  'catalog.update_collection',
  `update collection
   set slug = $3, title = $4, description = $5
   where tenant_id = $1
     and collection_id = $2`,
)

/** Replaces a collection; false when it is not there. Fails with a violation of `collection_slug`. */
export async function updateCollection(
  tx: Tx,
  tenantId: string,
  row: Collection,
): Promise<boolean> {
  const { collectionId, slug, title, description } = row
  const values = [tenantId, collectionId, slug, title, description]
  return (await tx.execute(updateStatement, values)) === 1
}

const lockStatement = statement(
  'catalog.lock_collection_for_removal',
  `select collection_id
   from collection
   where tenant_id = $1
     and collection_id = $2
   for update`,
)

const usedStatement = statement(
  'catalog.is_collection_used',
  `select
   from product
   where tenant_id = $1
     and $2 = any(collection_ids)
   limit 1`,
)

const deleteStatement = statement(
  'catalog.delete_collection',
  `delete from collection
   where tenant_id = $1
     and collection_id = $2`,
)

/** Removes an empty collection. While its row is locked no product joins it. */
export async function deleteCollection(
  tx: Tx,
  tenantId: string,
  collectionId: string,
): Promise<'deleted' | 'missing' | 'in_use'> {
  const found = await tx.query(lockStatement, [tenantId, collectionId])
  if (found.length === 0) return 'missing'
  const used = await tx.query(usedStatement, [tenantId, collectionId])
  if (used.length > 0) return 'in_use'
  await tx.execute(deleteStatement, [tenantId, collectionId])
  return 'deleted'
}

const shareStatement = statement(
  'catalog.share_collections',
  `select collection_id as id
   from collection
   where tenant_id = $1
     and collection_id = any($2::text[])
   order by collection_id
   for key share`,
)

/** Those of the collections that are there; they stay until the end of the transaction. */
export async function shareCollections(
  tx: Tx,
  tenantId: string,
  collectionIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(shareStatement, [tenantId, collectionIds])
  return rows.map(({ id }) => id)
}
