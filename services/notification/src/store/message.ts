import { statement, type Tx } from '@purser/postgres'
import type { Message, MessageState } from '../domain/message.ts'

/** Columns of a message, in the order of its row. */
export const MESSAGE_COLUMNS = `
  message_id, dedup_id, template_key, recipient_email, recipient_name, sender_name, reply_to, subject,
  text_body, html_body, redacted, state, attempt_count, attempt_limit, next_attempt_at, sent_at, created_at`

/** A row of `MESSAGE_COLUMNS`. */
export type MessageRow = {
  message_id: string
  dedup_id: string
  template_key: string
  recipient_email: string
  recipient_name: string
  sender_name: string
  reply_to: string
  subject: string
  text_body: string
  html_body: string
  redacted: boolean
  state: MessageState
  attempt_count: number
  attempt_limit: number
  next_attempt_at: Temporal.Instant | null
  sent_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

const insertMessageStatement = statement(
  'notification.insert_message',
  `insert into message
     (tenant_id, message_id, dedup_id, template_key, recipient_email, recipient_name, sender_name, reply_to,
      subject, text_body, html_body, redacted, sealed_content, state, attempt_limit, created_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::boolean, $13::bytea, $14, $15::integer,
     $16::timestamptz)
   on conflict (tenant_id, dedup_id) do nothing`,
)

/**
 * Inserts a message unless one has its dedup id; answers whether it did. Waits for a transaction that inserts the same
 * dedup id to end.
 */
export async function insertMessage(
  tx: Tx,
  tenantId: string,
  message: Message,
  sealedContent: Uint8Array | undefined,
): Promise<boolean> {
  const { content } = message
  const inserted = await tx.execute(insertMessageStatement, [
    tenantId,
    message.messageId,
    message.dedupId,
    message.templateKey,
    message.recipientEmail,
    message.recipientName,
    message.senderName,
    message.replyTo,
    content.subject,
    content.text,
    content.html,
    message.redacted,
    sealedContent,
    message.state,
    message.attemptLimit,
    message.createdAt,
  ])
  return inserted === 1
}

const findMessageIdStatement = statement(
  'notification.find_message_id',
  `select message_id
   from message
   where tenant_id = $1
     and dedup_id = $2`,
)

/** Identifier of the message with this dedup id, if there is one. Takes no lock. */
export async function findMessageId(
  tx: Tx,
  tenantId: string,
  dedupId: string,
): Promise<string | undefined> {
  const values = [tenantId, dedupId]
  const [row] = await tx.query<{ message_id: string }>(findMessageIdStatement, values)
  return row?.message_id
}

const findMessageStatement = statement(
  'notification.find_message',
  `select ${MESSAGE_COLUMNS}
   from message
   where tenant_id = $1
     and message_id = $2`,
)

/** The message with this id, if there is one. Takes no lock. */
export async function findMessage(
  tx: Tx,
  tenantId: string,
  messageId: string,
): Promise<Message | undefined> {
  const [row] = await tx.query<MessageRow>(findMessageStatement, [tenantId, messageId])
  return row && fromRowMessage(row)
}

const lockMessageStatement = statement(
  'notification.lock_message',
  `select ${MESSAGE_COLUMNS}, sealed_content
   from message
   where tenant_id = $1
     and message_id = $2
   for update`,
)

/** A message and what is sealed of it. Locks its row until the transaction ends. */
export async function lockMessage(
  tx: Tx,
  tenantId: string,
  messageId: string,
): Promise<{ message: Message; sealedContent: Buffer | undefined } | undefined> {
  const [row] = await tx.query<MessageRow & { sealed_content: Buffer | null }>(
    lockMessageStatement,
    [tenantId, messageId],
  )
  return row && { message: fromRowMessage(row), sealedContent: row.sealed_content ?? undefined }
}

const updateMessageStatement = statement(
  'notification.update_message',
  `update message
   set state = $3,
     attempt_count = $4::integer,
     attempt_limit = $5::integer,
     next_attempt_at = $6::timestamptz,
     sent_at = $7::timestamptz,
     sealed_content = case when $3 = 'sent' then null else sealed_content end
   where tenant_id = $1
     and message_id = $2`,
)

/** Writes where a message is on its way; one that is sent loses its secrets. For rows that are locked. */
export async function updateMessage(tx: Tx, tenantId: string, message: Message): Promise<void> {
  await tx.execute(updateMessageStatement, [
    tenantId,
    message.messageId,
    message.state,
    message.attemptCount,
    message.attemptLimit,
    message.nextAttemptAt,
    message.sentAt,
  ])
}

const dropSecretsStatement = statement(
  'notification.drop_secrets',
  `update message
   set sealed_content = null
   where tenant_id = $1
     and message_id = $2
     and state = 'failed'
     and attempt_count = $3::integer`,
)

/** Drops the secrets of a message that failed at this attempt and was not tried again since. Locks its row. */
export async function dropSecrets(
  tx: Tx,
  tenantId: string,
  { messageId, attemptCount }: { messageId: string; attemptCount: number },
): Promise<void> {
  await tx.execute(dropSecretsStatement, [tenantId, messageId, attemptCount])
}

/** The message of a row. */
export function fromRowMessage(row: MessageRow): Message {
  return {
    messageId: row.message_id,
    dedupId: row.dedup_id,
    templateKey: row.template_key,
    recipientEmail: row.recipient_email,
    recipientName: row.recipient_name,
    senderName: row.sender_name,
    replyTo: row.reply_to,
    content: { subject: row.subject, text: row.text_body, html: row.html_body },
    redacted: row.redacted,
    state: row.state,
    attemptCount: row.attempt_count,
    attemptLimit: row.attempt_limit,
    nextAttemptAt: row.next_attempt_at ?? undefined,
    sentAt: row.sent_at ?? undefined,
    createdAt: row.created_at,
  }
}
