import { assert } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import type { Notice } from './tasks.ts'

/** A mail to one person. */
export type Mail = {
  tenant: string
  templateKey:
    | 'email_verification'
    | 'password_reset'
    | 'email_change_confirm'
    | 'invitation'
    | 'account_invitation'
    | Notice
  recipient: { email: string; fullName: string; locale: string }
  variables: Readonly<Record<string, string>>
  /** What must not stay anywhere: the link. */
  secretVariables: Readonly<Record<string, string>>
  /** The same for every attempt to send the same mail. */
  dedupId: string
}

/** Hands a mail to the notification service, once for each `dedupId`. Throws what it throws. */
export async function sendMail(
  { clients }: Pick<UserContext, 'clients'>,
  mail: Mail,
  signal: AbortSignal,
): Promise<void> {
  const { tenant, templateKey, recipient, variables, secretVariables, dedupId } = mail
  assert(clients.notification, 'no job runs where nobody sends mails')
  await clients.notification.sendEmail(
    {
      tenant,
      templateKey,
      recipientEmail: recipient.email,
      recipientName: recipient.fullName,
      locale: recipient.locale,
      variables: { ...variables },
      secretVariables: { ...secretVariables },
      dedupId,
    },
    asService('user', tenant, { signal }),
  )
}

/**
 * The page of the web application that takes a token. It stands in the fragment, which browsers
 * send to no server and tell no page that is linked to: it is in no access log.
 */
export function linkTo(
  { webUrl }: Pick<UserContext, 'webUrl'>,
  page:
    | 'verify-email'
    | 'reset-password'
    | 'confirm-email-change'
    | 'accept-invitation'
    | 'join-account',
  token: string,
): string {
  return `${webUrl.replace(/\/$/, '')}/${page}#token=${token}`
}
