import type { CategoryInput } from '@purser/contracts/catalog/v1/category'
import { assert, PurserError } from '@purser/kernel'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import { type Category, MAX_DEPTH } from '../domain/category.ts'
import { foldText } from '../domain/search-text.ts'
import {
  listCategories,
  listProductsOfCategories,
  lockTree,
  saveCategories,
} from '../store/category.ts'
import { indexProducts, saveWords } from '../store/save-products.ts'

/** Products that one statement indexes: it takes well below a second. */
const INDEXED_AT_ONCE = 500

/**
 * Writes a category, and the paths of all below it; products that are found by its title are indexed
 * anew. Throws `resource.not_found`, `catalog.slug_taken`, and `request.invalid` for a parent that is not
 * there, lies below it, or is too deep.
 */
export async function writeCategory(
  tx: Tx,
  tenantId: string,
  { categoryId, isNew }: { categoryId: string; isNew: boolean },
  input: CategoryInput | undefined,
): Promise<Category> {
  assert(input, 'the contract requires a category')
  await lockTree(tx, tenantId)
  const all = await listCategories(tx, tenantId)
  const before = all.find((category) => category.categoryId === categoryId)
  if (before === undefined && !isNew) {
    throw new PurserError('resource.not_found', 'There is no such category.')
  }
  const path = [...pathAbove(all, input.parentId, categoryId), categoryId]
  const { slug, title, description, position } = input
  const parentId = input.parentId || undefined
  const category = { categoryId, slug, title, description, parentId, path, position }
  const below = all.filter(
    (each) => each.path.includes(categoryId) && each.categoryId !== categoryId,
  )
  const moved = below.map((each) => ({
    ...each,
    path: [...path, ...each.path.slice(each.path.indexOf(categoryId) + 1)],
  }))
  if ([category, ...moved].some((each) => each.path.length > MAX_DEPTH)) {
    throw invalidParent(`a tree has at most ${MAX_DEPTH} levels`)
  }
  await save(tx, tenantId, [category, ...moved])
  await saveWords(tx, tenantId, [foldText(title)])
  if (before && (before.title !== title || before.parentId !== parentId)) {
    await indexAll(
      tx,
      tenantId,
      [category, ...moved].map((each) => each.categoryId),
    )
  }
  return category
}

function pathAbove(
  all: readonly Category[],
  parentId: string,
  categoryId: string,
): readonly string[] {
  if (parentId === '') return []
  const parent = all.find((category) => category.categoryId === parentId)
  if (parent === undefined) throw invalidParent('is not there')
  if (parent.path.includes(categoryId)) throw invalidParent('lies below the category itself')
  return parent.path
}

function invalidParent(message: string): PurserError {
  return new PurserError('request.invalid', 'The category cannot stand there.', {
    fields: [{ field: 'input.parent_id', message }],
  })
}

async function save(tx: Tx, tenantId: string, categories: readonly Category[]): Promise<void> {
  try {
    await saveCategories(tx, tenantId, categories)
  } catch (error) {
    if (!isUniqueViolation(error, 'category_slug')) throw error
    throw new PurserError('catalog.slug_taken', 'Another category has this slug.', { cause: error })
  }
}

async function indexAll(tx: Tx, tenantId: string, categoryIds: readonly string[]): Promise<void> {
  const productIds = await listProductsOfCategories(tx, tenantId, categoryIds)
  for (let at = 0; at < productIds.length; at += INDEXED_AT_ONCE) {
    const ids = productIds.slice(at, at + INDEXED_AT_ONCE)
    await indexProducts(tx, tenantId, ids, { isNew: false })
  }
}
