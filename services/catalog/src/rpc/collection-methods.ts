import { create } from '@bufbuild/protobuf'
import {
  type Collection,
  type CollectionInput,
  type CreateCollectionRequest,
  type DeleteCollectionRequest,
  type DeleteCollectionResponse,
  DeleteCollectionResponseSchema,
  type ListCollectionsRequest,
  type ListCollectionsResponse,
  ListCollectionsResponseSchema,
  type UpdateCollectionRequest,
} from '@purser/contracts/catalog/v1/category'
import { assert, newId, PurserError } from '@purser/kernel'
import { isUniqueViolation } from '@purser/postgres'
import type { CatalogContext } from '../context.ts'
import {
  deleteCollection,
  insertCollection,
  listCollections,
  updateCollection,
} from '../store/collection.ts'
import { toProtoCollection } from './convert-category.ts'

/** The methods about collections. */
export function collectionMethods(ctx: CatalogContext) {
  return {
    /** Lists every collection, by title. */
    listCollections: async ({
      tenant,
    }: ListCollectionsRequest): Promise<ListCollectionsResponse> => {
      const all = await ctx.db.tx(tenant, (tx) => listCollections(tx, tenant), { readOnly: true })
      const collections = all.map(toProtoCollection)
      return create(ListCollectionsResponseSchema, { collections })
    },

    /** Throws `catalog.slug_taken`. */
    createCollection: async ({ tenant, input }: CreateCollectionRequest): Promise<Collection> => {
      const collection = toCollection(newId('col'), input)
      const insert = ctx.db.tx(tenant, (tx) => insertCollection(tx, tenant, collection))
      await refusingTakenSlug(insert)
      return toProtoCollection(collection)
    },

    /** Throws `resource.not_found`, `catalog.slug_taken`. */
    updateCollection: async (req: UpdateCollectionRequest): Promise<Collection> => {
      const { tenant, collectionId, input } = req
      const collection = toCollection(collectionId, input)
      const update = ctx.db.tx(tenant, (tx) => updateCollection(tx, tenant, collection))
      if (!(await refusingTakenSlug(update))) throw unknownCollection()
      return toProtoCollection(collection)
    },

    /** Throws `resource.not_found`, and `catalog.collection_in_use` for one that has products. */
    deleteCollection: async (req: DeleteCollectionRequest): Promise<DeleteCollectionResponse> => {
      const { tenant, collectionId } = req
      await ctx.db.tx(tenant, async (tx) => {
        const outcome = await deleteCollection(tx, tenant, collectionId)
        if (outcome === 'missing') throw unknownCollection()
        if (outcome === 'in_use') {
          throw new PurserError('catalog.collection_in_use', 'The collection has products.')
        }
      })
      return create(DeleteCollectionResponseSchema)
    },
  }
}

function toCollection(collectionId: string, input: CollectionInput | undefined) {
  assert(input, 'the contract requires a collection')
  const { slug, title, description } = input
  return { collectionId, slug, title, description }
}

async function refusingTakenSlug<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isUniqueViolation(error, 'collection_slug')) throw error
    throw new PurserError('catalog.slug_taken', 'Another collection has this slug.', {
      cause: error,
    })
  }
}

function unknownCollection(): PurserError {
  return new PurserError('resource.not_found', 'There is no such collection.')
}
