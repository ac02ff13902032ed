import {
  ActorKind,
  ListAuditEntriesResponseSchema,
  VerifyAuditLogResponseSchema,
} from '@purser/contracts/user/v1/audit'
import { fromProtoTimestamp } from '@purser/rpc'
import type { ApiClient } from './api-client.ts'
import { formatTable } from './table.ts'

/** Prints the newest entries of the audit log. */
export async function listAudit(
  api: ApiClient,
  options: { actor?: string; action?: string; object?: string; limit: number },
): Promise<void> {
  const { entries, nextPageToken } = await api.call(ListAuditEntriesResponseSchema, {
    path: '/audit/entries',
    query: {
      actor_id: options.actor,
      action: options.action,
      object_id: options.object,
      page_size: options.limit,
    },
  })
  const rows = entries.map((entry) => [
    String(entry.sequence),
    entry.actTime ? fromProtoTimestamp(entry.actTime).toString().slice(0, 19) : '-',
    entry.action,
    `${ActorKind[entry.actorKind].toLowerCase()} ${entry.actorId}`,
    Object.entries(entry.object)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    entry.clientAddress,
  ])
  console.log(formatTable([['#>', 'time (UTC)', 'action', 'who', 'what', 'from'], ...rows]))
  if (nextPageToken !== '') console.log(`... more: --limit ${Math.min(1_000, options.limit * 2)}`)
}

/** Derives the hashes of the audit log again and prints the verdict; answers whether nothing was changed. */
export async function verifyAudit(api: ApiClient): Promise<boolean> {
  const answer = await api.call(VerifyAuditLogResponseSchema, { path: '/audit/verification' })
  const verdict = answer.intact
    ? 'intact'
    : `BROKEN at entry ${answer.firstBrokenSequence}: changed, removed or slipped in`
  console.log(`audit log: ${verdict} (${answer.checkedCount} entries checked)`)
  console.log(`  head ${answer.headSequence} ${answer.headHash}`)
  return answer.intact
}
