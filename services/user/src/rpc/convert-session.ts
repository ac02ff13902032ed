import { create } from '@bufbuild/protobuf'
import { type Session as ProtoSession, SessionSchema } from '@purser/contracts/user/v1/user'
import { toProtoTimestamp } from '@purser/rpc'
import { type Session, sessionEnd } from '../domain/session.ts'

/** A session as answered at `now` to a request that came with `currentSessionId`. */
export function toProtoSession(
  session: Session,
  { currentSessionId, now }: { currentSessionId: string; now: Temporal.Instant },
): ProtoSession {
  const endedAt = sessionEnd(session, now)
  return create(SessionSchema, {
    sessionId: session.sessionId,
    userAgent: session.userAgent,
    createTime: toProtoTimestamp(session.createdAt),
    refreshTime: toProtoTimestamp(session.refreshedAt),
    ...(endedAt ? { revokeTime: toProtoTimestamp(endedAt) } : {}),
    current: session.sessionId === currentSessionId,
  })
}
