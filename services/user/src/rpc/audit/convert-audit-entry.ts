import { create } from '@bufbuild/protobuf'
import {
  ActorKind,
  AuditEntrySchema,
  type AuditEntry as ProtoEntry,
  type RecordedAct,
} from '@purser/contracts/user/v1/audit'
import { assert } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { AuditAct, AuditActorKind, AuditEntry } from '../../domain/audit-chain.ts'

const protoActorKinds = {
  user: ActorKind.USER,
  api_key: ActorKind.API_KEY,
  service: ActorKind.SERVICE,
  anonymous: ActorKind.ANONYMOUS,
} as const satisfies Record<AuditActorKind, ActorKind>

const actorKinds = {
  [ActorKind.USER]: 'user',
  [ActorKind.API_KEY]: 'api_key',
  [ActorKind.SERVICE]: 'service',
  [ActorKind.ANONYMOUS]: 'anonymous',
} as const satisfies Record<Exclude<ActorKind, ActorKind.UNSPECIFIED>, AuditActorKind>

/** An act that comes in; its fields were checked before. */
export function fromProtoAct(act: RecordedAct): AuditAct {
  assert(act.actTime, 'the contract requires act_time')
  return {
    eventId: act.eventId,
    action: act.action,
    actorKind: fromProtoActorKind(act.actorKind),
    actorId: act.actorId,
    object: act.object,
    actedAt: fromProtoTimestamp(act.actTime),
    requestId: act.requestId,
    clientAddress: act.clientAddress,
  }
}

/** An entry as it is answered. */
export function toProtoEntry(entry: AuditEntry): ProtoEntry {
  return create(AuditEntrySchema, {
    sequence: entry.sequence,
    action: entry.action,
    actorKind: protoActorKinds[entry.actorKind],
    actorId: entry.actorId,
    object: { ...entry.object },
    actTime: toProtoTimestamp(entry.actedAt),
    recordTime: toProtoTimestamp(entry.recordedAt),
    requestId: entry.requestId,
    clientAddress: entry.clientAddress,
    eventId: entry.eventId,
    previousHash: entry.previousHash.toString('hex'),
    hash: entry.hash.toString('hex'),
  })
}

function fromProtoActorKind(kind: ActorKind): AuditActorKind {
  assert(kind !== ActorKind.UNSPECIFIED, 'the contract requires actor_kind')
  return actorKinds[kind]
}
