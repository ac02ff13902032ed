import { create } from '@bufbuild/protobuf'
import {
  type TopUp as ProtoTopUp,
  TopUpSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { toProtoTimestamp } from '@purser/rpc'
import type { TopUp } from '../domain/top-up.ts'

/** A top-up as it is answered. */
export function toProtoTopUp(topUp: TopUp): ProtoTopUp {
  const { topUpId, accountId, featureKey, limitKey, quantity, expireAt, createdAt } = topUp
  return create(TopUpSchema, {
    topUpId,
    accountId,
    featureKey,
    limitKey,
    quantity,
    ...(expireAt ? { expireTime: toProtoTimestamp(expireAt) } : {}),
    createTime: toProtoTimestamp(createdAt),
  })
}
