import type { JobHandler } from '@purser/jobs'
import type { UserTasks } from '../jobs/tasks.ts'
import { publishExportCompleted } from '../privacy-events.ts'
import { completeExport, findExport } from '../store/personal-export.ts'
import { insertPage, listCollected } from '../store/personal-export-page.ts'
import { listEmails } from '../store/privacy-subject.ts'
import type { PersonalDataHolder, PrivacyQuestion } from './holder.ts'
import type { PrivacyContext } from './privacy-context.ts'

/** Pages of one service; a page has 1,000 records at most. */
const MAX_PAGES = 200

const cutOff = {
  kind: 'cut off',
  json: JSON.stringify({ note: 'There is more than an export holds; ask for it by the API.' }),
}

/**
 * Asks every service for what it holds, page by page, each page stored in a transaction of its own:
 * a job that died goes on after the last stored page. An export that was removed meanwhile ends it.
 */
export function collectExport(ctx: PrivacyContext): JobHandler<UserTasks['collect-export']> {
  return async ({ payload, signal }) => {
    const { tenant, exportId } = payload
    const now = ctx.clock.now().round('microsecond')
    const found = await ctx.db.tx(tenant, async (tx) => {
      const wanted = await findExport(tx, tenant, { exportId, now })
      if (wanted?.state !== 'running') return undefined
      const emails = await listEmails(tx, tenant, wanted)
      const collected = await listCollected(tx, tenant, exportId)
      return { question: { ...wanted, tenant, emails }, collected }
    })
    if (found === undefined) return
    for (const holder of ctx.holders) {
      const collected = found.collected.find(({ service }) => service === holder.service)
      const from = collected ?? { pageCount: 0, nextPageToken: '' }
      await collectFrom(ctx, holder, { question: found.question, exportId, from, signal })
    }
    const completedAt = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      const isDone = await completeExport(tx, tenant, { exportId, completedAt })
      if (isDone) await publishExportCompleted(tx, tenant, { exportId, occurredAt: completedAt })
    })
  }
}

type Collection = {
  question: PrivacyQuestion
  exportId: string
  from: { pageCount: number; nextPageToken: string | undefined }
  signal: AbortSignal
}

async function collectFrom(
  { db }: PrivacyContext,
  holder: PersonalDataHolder,
  { question, exportId, from, signal }: Collection,
): Promise<void> {
  const { tenant } = question
  let token = from.nextPageToken
  for (let pageNumber = from.pageCount + 1; token !== undefined; pageNumber++) {
    signal.throwIfAborted()
    const { records, nextPageToken } = await holder.exportPage(question, token, signal)
    const isCut = pageNumber >= MAX_PAGES && nextPageToken !== undefined
    token = isCut ? undefined : nextPageToken
    const page = {
      exportId,
      service: holder.service,
      pageNumber,
      records: isCut ? [...records, cutOff] : records,
      nextPageToken: token,
    }
    await db.tx(tenant, (tx) => insertPage(tx, tenant, page))
  }
}
