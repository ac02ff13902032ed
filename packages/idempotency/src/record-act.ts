import type { DescMethod } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type EventEnvelope, type JsonObject, publish } from '@purser/events'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type PrincipalKind, principalOf, requestIdOf } from '@purser/rpc'
import type { ActObject } from './act-object.ts'

/** Subject of the event that an act leaves in the outbox of its service. */
export const ACT_SUBJECT = 'audit.recorded'

/** Network address of who called, told by the gateway. */
const CLIENT_ADDRESS_HEADER = 'purser-client-address'

/** Longest text of an entry in UTF-16 code units; the contract of the log refuses longer ones. */
const LONGEST_TEXT = 256

/** An act as it is written by hand. What is left out is that of the call. */
export type Act = {
  /** What it is about, by the names that the contract gives to ids; never secrets. */
  object: ActObject
  occurredAt: Temporal.Instant
  /** Who did it: the caller unless given. */
  actor?: { kind: PrincipalKind; id: string }
  /** `<service>.<what>` in lower case: `user.create_role`, the operation's id, unless given. */
  action?: string
}

/** An act as it stands in its event. */
export type RecordedAct = {
  action: string
  actorKind: PrincipalKind
  actorId: string
  object: ActObject
  requestId: string
  /** Empty when nobody told it. */
  clientAddress: string
}

/**
 * Writes an act of the running call into the outbox: it reaches the audit log if and only if `tx`
 * commits. Methods that the contract calls `audited` do so by themselves (see `Acts.define`); this
 * is for those that are made with `recordsItself`.
 */
export async function recordAct(tx: Tx, call: HandlerContext, act: Act): Promise<void> {
  const { tenantId } = tx
  assert(tenantId !== undefined, 'an act belongs to a tenant')
  const { kind, id } = act.actor ?? principalOf(call)
  const payload: JsonObject = {
    action: act.action ?? actionOf(call.method),
    actor_kind: kind,
    actor_id: plain(id),
    object: plainObject(act.object),
    request_id: plain(requestIdOf(call)),
    client_address: plain(call.requestHeader.get(CLIENT_ADDRESS_HEADER) ?? ''),
  }
  // Postgres keeps microseconds; what is hashed later is what is kept.
  const occurredAt = act.occurredAt.round({
    smallestUnit: 'microsecond',
    roundingMode: 'floor',
  })
  await publish(tx, [{ tenantId, subject: ACT_SUBJECT, occurredAt, payload }])
}

/** `user.create_role`: the id of the operation in OpenAPI. */
function actionOf(method: DescMethod): string {
  const service = method.parent.typeName.split('.', 1)[0] ?? ''
  const words = method.name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase()
  return `${service}.${words}`
}

/** The act that an event of `ACT_SUBJECT` tells of. */
export function fromActEvent({ payload }: EventEnvelope): RecordedAct {
  const { action, actor_kind, actor_id, object, request_id, client_address } = payload
  return {
    action: String(action),
    // Written by `recordAct` alone, and so is the object.
    actorKind: actor_kind as PrincipalKind,
    actorId: String(actor_id),
    object: object as ActObject,
    requestId: String(request_id),
    clientAddress: String(client_address),
  }
}

function plainObject(object: ActObject): Record<string, string> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, plain(value)]))
}

/** Text that Postgres keeps as it is: no NUL, no half of a surrogate pair. */
function plain(text: string): string {
  return text.replaceAll('\0', '').slice(0, LONGEST_TEXT).toWellFormed()
}
