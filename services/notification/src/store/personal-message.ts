import { statement, type Tx } from '@purser/postgres'

const listPersonalMessagesStatement = statement(
  'notification.list_personal_messages',
  `select message_id, json_build_object(
     'message_id', message_id, 'template', template_key, 'recipient_email', recipient_email,
     'recipient_name', recipient_name, 'subject', subject, 'text', text_body, 'state', state,
     'created_at', created_at, 'sent_at', sent_at
   )::text as record
   from message
   where tenant_id = $1
     and recipient_email = any($2::text[])
     and message_id > $3
   order by message_id
   limit $4::bigint`,
)

/** Messages to these addresses after an id, oldest first, as JSON with plain names. Takes no lock. */
export async function listPersonalMessages(
  tx: Tx,
  tenantId: string,
  { emails, afterId, limit }: { emails: readonly string[]; afterId: string; limit: number },
): Promise<{ messageId: string; json: string }[]> {
  const rows = await tx.query<{ message_id: string; record: string }>(
    listPersonalMessagesStatement,
    [tenantId, emails, afterId, limit],
  )
  return rows.map((row) => ({ messageId: row.message_id, json: row.record }))
}

const listPersonalSuppressionsStatement = statement(
  'notification.list_personal_suppressions',
  `select json_build_object('email', email, 'reason', reason, 'created_at', created_at)::text
     as record
   from suppression
   where tenant_id = $1
     and email = any($2::text[])
   order by email`,
)

/** Why these addresses are not written to, as JSON with plain names. Takes no lock. */
export async function listPersonalSuppressions(
  tx: Tx,
  tenantId: string,
  emails: readonly string[],
): Promise<string[]> {
  const values = [tenantId, emails]
  const rows = await tx.query<{ record: string }>(listPersonalSuppressionsStatement, values)
  return rows.map(({ record }) => record)
}

const deletePersonalMessagesStatement = statement(
  'notification.delete_personal_messages',
  `with doomed as materialized (
     select message_id
     from message
     where tenant_id = $1
       and recipient_email = any($2::text[])
     order by message_id
     limit $3::bigint
     for update
   ),
   attempts as (
     delete from delivery_attempt
     where tenant_id = $1
       and message_id in (select message_id from doomed)
   )
   delete from message
   where tenant_id = $1
     and message_id in (select message_id from doomed)`,
)

/** Removes up to `limit` messages to these addresses with their attempts, and answers how many. */
export async function deletePersonalMessages(
  tx: Tx,
  tenantId: string,
  { emails, limit }: { emails: readonly string[]; limit: number },
): Promise<number> {
  return await tx.execute(deletePersonalMessagesStatement, [tenantId, emails, limit])
}

const deletePersonalSuppressionsStatement = statement(
  'notification.delete_personal_suppressions',
  `delete from suppression
   where tenant_id = $1
     and email = any($2::text[])`,
)

/** Forgets that these addresses are not written to, and answers how many they were. */
export async function deletePersonalSuppressions(
  tx: Tx,
  tenantId: string,
  emails: readonly string[],
): Promise<number> {
  return await tx.execute(deletePersonalSuppressionsStatement, [tenantId, emails])
}
