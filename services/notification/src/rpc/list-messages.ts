import { create } from '@bufbuild/protobuf'
import {
  type ListMessagesRequest,
  type ListMessagesResponse,
  ListMessagesResponseSchema,
} from '@purser/contracts/notification/v1/notification'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { NotificationContext } from '../context.ts'
import { listMessages as readMessages } from '../store/message-list.ts'
import { fromProtoState, toProtoMessage } from './convert.ts'

/** Lists messages, newest first. Throws `request.invalid` for a page token that no list answered. */
export function listMessages(ctx: NotificationContext) {
  return async (req: ListMessagesRequest): Promise<ListMessagesResponse> => {
    const { tenant, recipient, templateKey } = req
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      filter: {
        recipientEmail: recipient === '' ? undefined : recipient.toLowerCase(),
        templateKey: templateKey === '' ? undefined : templateKey,
        state: fromProtoState(req.state),
      },
      before: decodePageToken(req.pageToken, 1)?.[0],
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(tenant, (tx) => readMessages(tx, tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListMessagesResponseSchema, {
      messages: page.map(toProtoMessage),
      nextPageToken: last ? encodePageToken([last.messageId]) : '',
    })
  }
}
