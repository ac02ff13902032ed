import { create } from '@bufbuild/protobuf'
import { type Wish as ProtoWish, WishSchema } from '@purser/contracts/user/v1/user'
import { toProtoTimestamp } from '@purser/rpc'
import type { Wish } from '../domain/wish.ts'

/** A wish as it is answered. */
export function toProtoWish({ productId, createdAt }: Wish): ProtoWish {
  return create(WishSchema, { productId, createTime: toProtoTimestamp(createdAt) })
}
