import { create } from '@bufbuild/protobuf'
import { type InboxMail, InboxMailSchema } from '@purser/contracts/notification/v1/notification'
import { toProtoTimestamp } from '@purser/rpc'
import type { ReceivedMail } from '../mail/inbox.ts'
import { readMail } from '../mail/read-mail.ts'

/** A mail of the built-in sink as it is answered. */
export function toProtoInboxMail(mail: ReceivedMail): InboxMail {
  return create(InboxMailSchema, {
    mailId: mail.mailId,
    receiveTime: toProtoTimestamp(mail.receivedAt),
    envelopeFrom: mail.envelopeFrom,
    envelopeTo: [...mail.envelopeTo],
    ...readMail(mail.source),
    source: mail.source,
  })
}
