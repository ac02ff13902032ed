import { create } from '@bufbuild/protobuf'
import { type Passkey as ProtoPasskey, PasskeySchema } from '@purser/contracts/user/v1/credentials'
import { toProtoTimestamp } from '@purser/rpc'
import type { Passkey } from '../../domain/passkey.ts'

/** A passkey as it is answered. */
export function toProtoPasskey({
  passkeyId,
  name,
  isSynced,
  createdAt,
  usedAt,
}: Passkey): ProtoPasskey {
  return create(PasskeySchema, {
    passkeyId,
    name,
    synced: isSynced,
    createTime: toProtoTimestamp(createdAt),
    ...(usedAt ? { useTime: toProtoTimestamp(usedAt) } : {}),
  })
}
