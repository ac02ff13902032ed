import { create } from '@bufbuild/protobuf'
import { type KeptData as ProtoKeptData, KeptDataSchema } from '@purser/contracts/common/v1/privacy'
import {
  type CreateErasureRequest,
  type Erasure as ProtoErasure,
  ErasureSchema,
  type ErasureStep as ProtoErasureStep,
  ErasureStepSchema,
  PrivacyJobState,
  type PrivacyExport as ProtoPrivacyExport,
  PrivacyExportSchema,
} from '@purser/contracts/user/v1/privacy'
import { PurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type {
  Erasure,
  ErasureStep,
  KeptData,
  PersonalExport,
  PrivacySubject,
} from '../../domain/privacy.ts'

const jobStates = {
  running: PrivacyJobState.RUNNING,
  completed: PrivacyJobState.COMPLETED,
} as const satisfies Record<Erasure['state'], PrivacyJobState>

const stepStates = {
  pending: PrivacyJobState.RUNNING,
  done: PrivacyJobState.COMPLETED,
} as const satisfies Record<ErasureStep['state'], PrivacyJobState>

/** Whom a request names. Throws `request.invalid` when it names nobody. */
export function fromProtoSubject({
  subject,
}: Pick<CreateErasureRequest, 'subject'>): PrivacySubject {
  if (subject.case === 'userId' && subject.value !== '') return { kind: 'user', id: subject.value }
  if (subject.case === 'accountId' && subject.value !== '') {
    return { kind: 'account', id: subject.value }
  }
  throw new PurserError('request.invalid', 'Name a person or an account.', {
    fields: [{ field: 'user_id', message: 'or account_id is required' }],
  })
}

/** An erasure as answered. */
export function toProtoErasure(erasure: Erasure, steps: readonly ErasureStep[]): ProtoErasure {
  const { erasureId, userIds, accountIds, state, requestedAt, completedAt } = erasure
  return create(ErasureSchema, {
    erasureId,
    userIds: [...userIds],
    accountIds: [...accountIds],
    state: jobStates[state],
    steps: steps.map(toProtoStep),
    createTime: toProtoTimestamp(requestedAt),
    ...(completedAt ? { completeTime: toProtoTimestamp(completedAt) } : {}),
  })
}

function toProtoStep(step: ErasureStep): ProtoErasureStep {
  const { service, state, erasedCount, kept, failureCode = '', completedAt } = step
  return create(ErasureStepSchema, {
    service,
    state: stepStates[state],
    erasedCount: BigInt(erasedCount),
    kept: kept.map(toProtoKept),
    failureCode,
    ...(completedAt ? { completeTime: toProtoTimestamp(completedAt) } : {}),
  })
}

function toProtoKept({ kind, count, reason, keepUntil }: KeptData): ProtoKeptData {
  return create(KeptDataSchema, {
    kind,
    count: BigInt(count),
    reason,
    ...(keepUntil ? { keepUntil: toProtoTimestamp(keepUntil) } : {}),
  })
}

/** An export as answered. */
export function toProtoExport(
  wanted: PersonalExport,
  collectedServices: readonly string[],
): ProtoPrivacyExport {
  const { exportId, userIds, accountIds, state, requestedAt, completedAt, expiresAt } = wanted
  return create(PrivacyExportSchema, {
    exportId,
    userIds: [...userIds],
    accountIds: [...accountIds],
    state: jobStates[state],
    collectedServices: [...collectedServices],
    createTime: toProtoTimestamp(requestedAt),
    ...(completedAt ? { completeTime: toProtoTimestamp(completedAt) } : {}),
    expireTime: toProtoTimestamp(expiresAt),
  })
}
