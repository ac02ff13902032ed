import { create } from '@bufbuild/protobuf'
import {
  type ListAuditEntriesRequest,
  type ListAuditEntriesResponse,
  ListAuditEntriesResponseSchema,
} from '@purser/contracts/user/v1/audit'
import {
  decodePageToken,
  encodePageToken,
  fromProtoTimestamp,
  pageSizeOf,
  wholeOfPosition,
} from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { listAuditEntries as readEntries } from '../../store/audit-log.ts'
import { toProtoEntry } from './convert-audit-entry.ts'

/** Beyond the sequence of any entry. */
const END = String(2n ** 63n - 1n)

/**
 * Lists the tenant's log, the newest entry first. Throws `request.invalid` for a page token that no
 * list answered.
 */
export function listAuditEntries(ctx: UserContext) {
  return async (req: ListAuditEntriesRequest): Promise<ListAuditEntriesResponse> => {
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      filter: {
        actorId: req.actorId || undefined,
        action: req.action || undefined,
        objectId: req.objectId || undefined,
        from: req.startTime && fromProtoTimestamp(req.startTime),
        until: req.endTime && fromProtoTimestamp(req.endTime),
      },
      before: fromPageToken(req.pageToken),
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(req.tenant, (tx) => readEntries(tx, req.tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListAuditEntriesResponseSchema, {
      entries: page.map(toProtoEntry),
      nextPageToken: last ? encodePageToken([last.sequence.toString()]) : '',
    })
  }
}

function fromPageToken(token: string): bigint {
  const [before = END] = decodePageToken(token, 1) ?? []
  return wholeOfPosition(before)
}
