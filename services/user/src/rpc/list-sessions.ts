import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListSessionsRequest,
  type ListSessionsResponse,
  ListSessionsResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listSessions as readSessions } from '../store/session.ts'
import { sessionIdOf } from './caller-headers.ts'
import { toProtoSession } from './convert-session.ts'
import { requirePerson } from './require-person.ts'

/**
 * Lists the caller's newest 100 sessions, newest first, the ended ones too. Throws
 * `auth.permission_denied` for callers who are no person.
 */
export function listSessions(ctx: UserContext) {
  return async (_: ListSessionsRequest, call: HandlerContext): Promise<ListSessionsResponse> => {
    const { tenant, userId } = requirePerson(call)
    const seen = { currentSessionId: sessionIdOf(call), now: ctx.clock.now().round('microsecond') }
    const read = await ctx.db.tx(tenant, (tx) => readSessions(tx, tenant, userId), {
      readOnly: true,
    })
    const sessions = read.map((session) => toProtoSession(session, seen))
    return create(ListSessionsResponseSchema, { sessions })
  }
}
