import { PurserError } from '@purser/kernel'
import type { NotificationContext } from '../context.ts'
import type { Inbox } from '../mail/inbox.ts'

/** The inbox of the built-in sink. Throws `notification.no_inbox` where mail goes to a server. */
export function inboxOf({ mail }: NotificationContext): Inbox {
  if (mail.inbox !== undefined) return mail.inbox
  throw new PurserError('notification.no_inbox', 'Mail goes to a mail server: there is no inbox.')
}
