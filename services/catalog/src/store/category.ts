import { statement, type Tx } from '@purser/postgres'
import type { Category } from '../domain/category.ts'
import { foldText } from '../domain/search-text.ts'

type CategoryRow = {
  category_id: string
  slug: string
  title: string
  description: string
  parent_id: string | null
  path: string[]
  position: number
}

function fromRowCategory(row: CategoryRow): Category {
  return {
    categoryId: row.category_id,
    slug: row.slug,
    title: row.title,
    description: row.description,
    parentId: row.parent_id ?? undefined,
    path: row.path,
    position: row.position,
  }
}

const listStatement = statement(
  'catalog.list_categories',
  `select category_id, slug, title, description, parent_id, path, position
   from category
   where tenant_id = $1`,
)

/** Every category of a tenant, in no order. */
export async function listCategories(tx: Tx, tenantId: string): Promise<Category[]> {
  return (await tx.query<CategoryRow>(listStatement, [tenantId])).map(fromRowCategory)
}

const lockTreeStatement = statement(
  'catalog.lock_categories',
  `select pg_advisory_xact_lock(hashtextextended('catalog.categories:' || $1, 0))`,
)

/** Changes of a tenant's tree wait for each other from here on. */
export async function lockTree(tx: Tx, tenantId: string): Promise<void> {
  await tx.query(lockTreeStatement, [tenantId])
}

const saveStatement = statement(
  'catalog.save_categories',
  `insert into category (tenant_id, category_id, slug, title, folded_title, description, parent_id, path, position)
   select $1, c.category_id, c.slug, c.title, c.folded_title, c.description, c.parent_id, c.path, c.position
   from jsonb_to_recordset($2::jsonb) as c (
     category_id text, slug text, title text, folded_title text, description text, parent_id text, path text[],
     position integer)
   on conflict (tenant_id, category_id) do update
   set slug = excluded.slug,
     title = excluded.title,
     folded_title = excluded.folded_title,
     description = excluded.description,
     parent_id = excluded.parent_id,
     path = excluded.path,
     position = excluded.position`,
)

/** Writes categories; fails with a violation of `category_slug` for a name that another one has. */
export async function saveCategories(
  tx: Tx,
  tenantId: string,
  categories: readonly Category[],
): Promise<void> {
  const rows = categories.map((category) => ({
    category_id: category.categoryId,
    slug: category.slug,
    title: category.title,
    folded_title: foldText(category.title),
    description: category.description,
    parent_id: category.parentId ?? null,
    path: category.path,
    position: category.position,
  }))
  await tx.execute(saveStatement, [tenantId, JSON.stringify(rows)])
}

const productsStatement = statement(
  'catalog.list_products_of_categories',
  `select product_id
   from product
   where tenant_id = $1
     and category_ids && $2::text[]
   order by product_id`,
)

/** Ids of the products of categories, drafts and archived ones included. */
export async function listProductsOfCategories(
  tx: Tx,
  tenantId: string,
  categoryIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ product_id: string }>(productsStatement, [tenantId, categoryIds])
  return rows.map((row) => row.product_id)
}

const deleteStatement = statement(
  'catalog.delete_category',
  `delete from category
   where tenant_id = $1
     and category_id = $2`,
)

/** Removes a category that is locked by `lockForRemoval`; it has nothing below it. */
export async function deleteCategory(tx: Tx, tenantId: string, categoryId: string): Promise<void> {
  await tx.execute(deleteStatement, [tenantId, categoryId])
}

const removalStatement = statement(
  'catalog.lock_category_for_removal',
  `select category_id
   from category
   where tenant_id = $1
     and category_id = $2
   for update`,
)

/** Whether the category is there. From here on no product joins it: `shareCategories` waits. */
export async function lockForRemoval(
  tx: Tx,
  tenantId: string,
  categoryId: string,
): Promise<boolean> {
  return (await tx.query(removalStatement, [tenantId, categoryId])).length === 1
}

const shareStatement = statement(
  'catalog.share_categories',
  `select category_id as id
   from category
   where tenant_id = $1
     and category_id = any($2::text[])
   order by category_id
   for key share`,
)

/** Those of the categories that are there; they stay until the end of the transaction. */
export async function shareCategories(
  tx: Tx,
  tenantId: string,
  categoryIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(shareStatement, [tenantId, categoryIds])
  return rows.map(({ id }) => id)
}
