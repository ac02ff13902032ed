import type { JobHandlers } from '@purser/jobs'
import type { UserContext } from '../context.ts'
import { mailAccountInvitation } from './mail-account-invitation.ts'
import { mailInvitation } from './mail-invitation.ts'
import { mailLink } from './mail-link.ts'
import { mailNotice } from './mail-notice.ts'
import { mailPasswordReset } from './mail-password-reset.ts'
import type { UserTasks } from './tasks.ts'

type MailTask =
  | 'mail-link'
  | 'mail-password-reset'
  | 'mail-invitation'
  | 'mail-account-invitation'
  | 'mail-notice'
type MailTasks = Pick<JobHandlers<UserTasks>, MailTask>

/**
 * What sends mails. Where nobody does, there are no tasks: a worker leaves jobs alone whose task it
 * does not know, and mails wait for a process that has a client of the notification service.
 */
export function mailTasks(ctx: UserContext): MailTasks {
  if (ctx.clients.notification === undefined) return {} as MailTasks
  return {
    'mail-link': mailLink(ctx),
    'mail-password-reset': mailPasswordReset(ctx),
    'mail-invitation': mailInvitation(ctx),
    'mail-account-invitation': mailAccountInvitation(ctx),
    'mail-notice': mailNotice(ctx),
  }
}
