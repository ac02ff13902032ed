import { create } from '@bufbuild/protobuf'
import {
  type ListInboxMailsResponse,
  ListInboxMailsResponseSchema,
} from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { toProtoInboxMail } from './convert-inbox-mail.ts'
import { inboxOf } from './inbox-of.ts'

/** Lists the mails of the built-in sink, newest first. Throws `notification.no_inbox`. */
export function listInboxMails(ctx: NotificationContext) {
  return async (): Promise<ListInboxMailsResponse> => {
    const mails = inboxOf(ctx).list().map(toProtoInboxMail)
    const heads = mails.map((mail) => ({ ...mail, text: '', html: '', source: '' }))
    return create(ListInboxMailsResponseSchema, { mails: heads })
  }
}
