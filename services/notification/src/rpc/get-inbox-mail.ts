import type { GetInboxMailRequest, InboxMail } from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { toProtoInboxMail } from './convert-inbox-mail.ts'
import { inboxOf } from './inbox-of.ts'
import { unknownMessage } from './unknown-message.ts'

/** Answers a mail of the built-in sink. Throws `notification.no_inbox`, `resource.not_found`. */
export function getInboxMail(ctx: NotificationContext) {
  return async ({ mailId }: GetInboxMailRequest): Promise<InboxMail> => {
    const mail = inboxOf(ctx).find(mailId)
    if (mail === undefined) throw unknownMessage()
    return toProtoInboxMail(mail)
  }
}
