import type { InboxMail } from '@purser/contracts/notification/v1/notification'
import { fromProtoTimestamp } from '@purser/rpc'

/** When a mail arrived, as RFC 3339 text to the millisecond; empty when nobody told. */
export function receivedAt({ receiveTime }: InboxMail): string {
  if (receiveTime === undefined) return ''
  return fromProtoTimestamp(receiveTime).toString({ fractionalSecondDigits: 3 })
}

/** A mail as lists in JSON show it. */
export function headJson(mail: InboxMail) {
  return {
    mail_id: mail.mailId,
    receive_time: receivedAt(mail),
    envelope_from: mail.envelopeFrom,
    envelope_to: mail.envelopeTo,
    from: mail.from,
    to: mail.to,
    subject: mail.subject,
  }
}

/** A whole mail in JSON. */
export function mailJson(mail: InboxMail) {
  const { text, html, source } = mail
  return { ...headJson(mail), text, html, source }
}
