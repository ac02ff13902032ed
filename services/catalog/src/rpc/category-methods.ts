import { create } from '@bufbuild/protobuf'
import {
  type Category,
  type CreateCategoryRequest,
  type DeleteCategoryRequest,
  type DeleteCategoryResponse,
  DeleteCategoryResponseSchema,
  type ListCategoriesRequest,
  type ListCategoriesResponse,
  ListCategoriesResponseSchema,
  type UpdateCategoryRequest,
} from '@purser/contracts/catalog/v1/category'
import { newId, PurserError } from '@purser/kernel'
import type { CatalogContext } from '../context.ts'
import { inTreeOrder } from '../domain/category.ts'
import {
  deleteCategory,
  listCategories,
  listProductsOfCategories,
  lockForRemoval,
  lockTree,
} from '../store/category.ts'
import { toProtoCategory } from './convert-category.ts'
import { writeCategory } from './write-category.ts'

/** The methods about categories. */
export function categoryMethods(ctx: CatalogContext) {
  return {
    /** Answers the tree, each category after the one above it. */
    listCategories: async ({ tenant }: ListCategoriesRequest): Promise<ListCategoriesResponse> => {
      const all = await ctx.db.tx(tenant, (tx) => listCategories(tx, tenant), { readOnly: true })
      const categories = inTreeOrder(all).map(toProtoCategory)
      return create(ListCategoriesResponseSchema, { categories })
    },

    /** Throws what `writeCategory` throws. */
    createCategory: async ({ tenant, input }: CreateCategoryRequest): Promise<Category> => {
      const target = { categoryId: newId('cat'), isNew: true }
      const write = ctx.db.tx(tenant, (tx) => writeCategory(tx, tenant, target, input))
      return toProtoCategory(await write)
    },

    /** Throws what `writeCategory` throws. */
    updateCategory: async (req: UpdateCategoryRequest): Promise<Category> => {
      const { tenant, categoryId, input } = req
      const target = { categoryId, isNew: false }
      const write = ctx.db.tx(tenant, (tx) => writeCategory(tx, tenant, target, input))
      return toProtoCategory(await write)
    },

    /** Throws `resource.not_found`, and `catalog.category_in_use` for one that holds anything. */
    deleteCategory: async (req: DeleteCategoryRequest): Promise<DeleteCategoryResponse> => {
      const { tenant, categoryId } = req
      await ctx.db.tx(tenant, async (tx) => {
        await lockTree(tx, tenant)
        if (!(await lockForRemoval(tx, tenant, categoryId))) {
          throw new PurserError('resource.not_found', 'There is no such category.')
        }
        const all = await listCategories(tx, tenant)
        const isParent = all.some(({ parentId }) => parentId === categoryId)
        if (isParent || (await listProductsOfCategories(tx, tenant, [categoryId])).length > 0) {
          throw new PurserError('catalog.category_in_use', 'It has products or categories.')
        }
        await deleteCategory(tx, tenant, categoryId)
      })
      return create(DeleteCategoryResponseSchema)
    },
  }
}
