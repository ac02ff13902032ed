import { PurserError } from '@purser/kernel'
import type { MailSettings } from '@purser/notification'
import type { PlatformConfig } from './config.ts'

/** How mail leaves. Throws `config.invalid` for a mail server without an address that mails come from. */
export function mailSettingsOf(
  config: Pick<
    PlatformConfig,
    'smtpUrl' | 'mailFrom' | 'smtpSinkPort' | 'mailInvoices' | 'messageRetentionDays'
  >,
): MailSettings {
  const { smtpUrl, mailFrom, smtpSinkPort: sinkPort, mailInvoices } = config
  const { messageRetentionDays: keptDays } = config
  if (smtpUrl !== undefined && mailFrom === undefined) {
    throw new PurserError(
      'config.invalid',
      'SMTP_URL is set but MAIL_FROM is not: set it to the address that mails come from.',
    )
  }
  const from = mailFrom ?? 'no-reply@localhost'
  return { smtpUrl, mailFrom: from, sinkPort, mailInvoices, keptDays }
}
