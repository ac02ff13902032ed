import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { NotificationContext } from '../context.ts'
import { listPersonalMessages, listPersonalSuppressions } from '../store/personal-message.ts'

/** A message is up to some hundred kilobytes long. */
const MESSAGES_A_PAGE = 100

/** Answers what was sent to e-mail addresses, and why some are not written to. */
export function exportPersonalData(ctx: NotificationContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant, pageToken } = req
    const emails = req.emails.map((email) => email.toLowerCase())
    const [afterId = ''] = decodePageToken(pageToken, 1) ?? []
    return await ctx.db.tx(
      tenant,
      async (tx) => {
        const suppressions =
          pageToken === '' ? await listPersonalSuppressions(tx, tenant, emails) : []
        const question = { emails, afterId, limit: MESSAGES_A_PAGE }
        const messages = await listPersonalMessages(tx, tenant, question)
        const last = messages.length === MESSAGES_A_PAGE ? messages.at(-1) : undefined
        return create(ExportPersonalDataResponseSchema, {
          records: [
            ...suppressions.map((json) => ({ kind: 'suppressed addresses', json })),
            ...messages.map(({ json }) => ({ kind: 'messages', json })),
          ],
          nextPageToken: last ? encodePageToken([last.messageId]) : '',
        })
      },
      { readOnly: true },
    )
  }
}
