import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { ActorKind, type RecordedAct, RecordedActSchema } from '@purser/contracts/user/v1/audit'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { EventEnvelope, Forwarding } from '@purser/events'
import { asService, type PrincipalKind, toProtoTimestamp } from '@purser/rpc'
import { ACT_SUBJECT, fromActEvent } from './record-act.ts'

const actorKinds = {
  user: ActorKind.USER,
  api_key: ActorKind.API_KEY,
  service: ActorKind.SERVICE,
  anonymous: ActorKind.ANONYMOUS,
} as const satisfies Record<PrincipalKind, ActorKind>

/**
 * Brings the acts from the outboxes of this process into the audit log of the user service, wherever
 * that runs. The log knows an act by the id of its event, so that one that is handed over again
 * stands there once.
 */
export function forwardActs(user: Client<typeof UserService>): Forwarding {
  return {
    subject: ACT_SUBJECT,
    consumer: 'user.audit_log',
    forward: async (tenant, events, signal) => {
      const request = { tenant, acts: events.map(toProtoAct) }
      await user.appendAuditEntries(request, asService('audit', tenant, { signal }))
    },
  }
}

function toProtoAct(event: EventEnvelope): RecordedAct {
  const { actorKind, ...act } = fromActEvent(event)
  return create(RecordedActSchema, {
    ...act,
    actorKind: actorKinds[actorKind],
    eventId: event.eventId,
    actTime: toProtoTimestamp(event.occurredAt),
  })
}
