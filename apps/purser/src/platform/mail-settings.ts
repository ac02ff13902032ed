import { PurserError } from '@purser/kernel'
import type { MailSettings } from '@purser/notification'
import type { PlatformConfig } from './config.ts'

/** How mail leaves. Throws `config.invalid` for a mail server without an address that mails come from. */
export function mailSettingsOf(
  config: Pick<PlatformConfig, 'smtpUrl' | 'mailFrom' | 'smtpSinkPort' | 'mailInvoices'>,
): MailSettings {
  const { smtpUrl, mailFrom, smtpSinkPort: sinkPort, mailInvoices } = config
  if (smtpUrl !== undefined && mailFrom === undefined) {
    throw new PurserError(
      'config.invalid',
      'SMTP_URL is set but MAIL_FROM is not: set it to the address that mails come from.',
    )
  }
  return { smtpUrl, mailFrom: mailFrom ?? 'no-reply@localhost', sinkPort, mailInvoices }
}
