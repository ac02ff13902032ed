import { create } from '@bufbuild/protobuf'
import {
  type Category as ProtoCategory,
  CategorySchema,
  type Collection as ProtoCollection,
  CollectionSchema,
} from '@purser/contracts/catalog/v1/category'
import type { Category, Collection } from '../domain/category.ts'

/** A category as it is answered. */
export function toProtoCategory(category: Category): ProtoCategory {
  const { categoryId, slug, title, description, parentId = '', position, path } = category
  const input = { slug, title, description, parentId, position }
  return create(CategorySchema, { categoryId, input, depth: path.length - 1 })
}

/** A collection as it is answered. */
export function toProtoCollection({ collectionId, ...input }: Collection): ProtoCollection {
  return create(CollectionSchema, { collectionId, input })
}
