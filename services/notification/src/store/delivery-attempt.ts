import { statement, type Tx } from '@purser/postgres'
import type { AttemptOutcome, DeliveryAttempt } from '../domain/message.ts'

const insertAttemptStatement = statement(
  'notification.insert_attempt',
  `insert into delivery_attempt
     (tenant_id, message_id, number, started_at, outcome, smtp_code, reply_text)
   values ($1, $2, $3::integer, $4::timestamptz, $5, $6::integer, $7)`,
)

/** Inserts an attempt. For messages that are locked. */
export async function insertAttempt(
  tx: Tx,
  tenantId: string,
  messageId: string,
  attempt: DeliveryAttempt,
): Promise<void> {
  const { number, startedAt, outcome, smtpCode, replyText } = attempt
  const values = [tenantId, messageId, number, startedAt, outcome, smtpCode, replyText]
  await tx.execute(insertAttemptStatement, values)
}

const endAttemptStatement = statement(
  'notification.end_attempt',
  `update delivery_attempt
   set outcome = $4,
     smtp_code = $5::integer,
     reply_text = $6
   where tenant_id = $1
     and message_id = $2
     and number = $3::integer`,
)

/** How an attempt ended. */
export type AttemptEnd = {
  number: number
  outcome: AttemptOutcome
  smtpCode: number | undefined
  replyText: string
}

/** Writes how an attempt ended. For messages that are locked. */
export async function endAttempt(
  tx: Tx,
  tenantId: string,
  messageId: string,
  { number, outcome, smtpCode, replyText }: AttemptEnd,
): Promise<void> {
  const values = [tenantId, messageId, number, outcome, smtpCode, replyText]
  await tx.execute(endAttemptStatement, values)
}

const listAttemptsStatement = statement(
  'notification.list_attempts',
  `select number, started_at, outcome, smtp_code, reply_text
   from delivery_attempt
   where tenant_id = $1
     and message_id = $2
   order by number`,
)

/** Attempts of a message, oldest first. Takes no lock. */
export async function listAttempts(
  tx: Tx,
  tenantId: string,
  messageId: string,
): Promise<DeliveryAttempt[]> {
  const rows = await tx.query<{
    number: number
    started_at: Temporal.Instant
    outcome: AttemptOutcome | null
    smtp_code: number | null
    reply_text: string
  }>(listAttemptsStatement, [tenantId, messageId])
  return rows.map((row) => ({
    number: row.number,
    startedAt: row.started_at,
    outcome: row.outcome ?? undefined,
    smtpCode: row.smtp_code ?? undefined,
    replyText: row.reply_text,
  }))
}
