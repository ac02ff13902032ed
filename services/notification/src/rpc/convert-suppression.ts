import { create } from '@bufbuild/protobuf'
import {
  type Suppression as ProtoSuppression,
  SuppressionReason as ProtoReason,
  SuppressionSchema,
} from '@purser/contracts/notification/v1/notification'
import { toProtoTimestamp } from '@purser/rpc'
import type { Suppression, SuppressionReason } from '../domain/suppression.ts'

const protoReasons = {
  bounced: ProtoReason.BOUNCED,
  complained: ProtoReason.COMPLAINED,
  manual: ProtoReason.MANUAL,
} as const satisfies Record<SuppressionReason, ProtoReason>

/** The reason that a request names; manual when it names none. */
export function fromProtoReason(reason: ProtoReason): SuppressionReason {
  const entries = Object.entries(protoReasons) as [SuppressionReason, ProtoReason][]
  return entries.find(([, proto]) => proto === reason)?.[0] ?? 'manual'
}

/** A suppression as it is answered. */
export function toProtoSuppression({ email, reason, createdAt }: Suppression): ProtoSuppression {
  return create(SuppressionSchema, {
    email,
    reason: protoReasons[reason],
    createTime: toProtoTimestamp(createdAt),
  })
}
