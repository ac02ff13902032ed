import { create } from '@bufbuild/protobuf'
import {
  type AppendAuditEntriesRequest,
  type AppendAuditEntriesResponse,
  AppendAuditEntriesResponseSchema,
} from '@purser/contracts/user/v1/audit'
import type { UserContext } from '../../context.ts'
import { appendActs } from '../../domain/audit-chain.ts'
import { insertAuditEntries, lockAuditHead, newActsOf } from '../../store/audit-log.ts'
import { fromProtoAct } from './convert-audit-entry.ts'

/**
 * Puts acts at the end of the tenant's log, one batch after the other. Those that it has already, by
 * the id of their event, are passed over: repeating a call changes nothing.
 */
export function appendAuditEntries(ctx: UserContext) {
  return async (req: AppendAuditEntriesRequest): Promise<AppendAuditEntriesResponse> => {
    const { tenant } = req
    const wanted = req.acts.map(fromProtoAct)
    // The platform's present: a tenant that travels in time does not take its log along.
    const recordedAt = ctx.clock.now().round({
      smallestUnit: 'microsecond',
      roundingMode: 'floor',
    })
    const appendedCount = await ctx.db.tx(tenant, async (tx) => {
      const head = await lockAuditHead(tx, tenant)
      const acts = await newActsOf(tx, tenant, wanted)
      const [first, ...rest] = appendActs(tenant, head, acts, recordedAt)
      if (first !== undefined) await insertAuditEntries(tx, tenant, [first, ...rest])
      return acts.length
    })
    return create(AppendAuditEntriesResponseSchema, { appendedCount })
  }
}
