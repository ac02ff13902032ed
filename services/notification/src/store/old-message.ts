import { statement, type Tx } from '@purser/postgres'

/** A message of any tenant. */
export type MessageName = { tenantId: string; messageId: string }

const listStatement = statement(
  'notification.list_old_messages',
  `select tenant_id, message_id
   from message
   where state in ('sent', 'failed')
     and created_at < $1::timestamptz
   order by created_at
   limit $2::bigint`,
)

/** Messages of all tenants that are over and were accepted before a time, oldest first; for a system transaction. Takes no lock. */
export async function listOldMessages(
  tx: Tx,
  before: Temporal.Instant,
  limit: number,
): Promise<MessageName[]> {
  const rows = await tx.query<{ tenant_id: string; message_id: string }>(listStatement, [
    before,
    limit,
  ])
  return rows.map((row) => ({ tenantId: row.tenant_id, messageId: row.message_id }))
}

const removeStatement = statement(
  'notification.remove_old_messages',
  `with old as (
     select message_id
     from message
     where tenant_id = $1
       and message_id = any($2::text[])
       and state in ('sent', 'failed')
       and created_at < $3::timestamptz
     order by message_id
     for update skip locked
   ), attempt as (
     delete from delivery_attempt as a
     using old as o
     where a.tenant_id = $1
       and a.message_id = o.message_id
   )
   delete from message as m
   using old as o
   where m.tenant_id = $1
     and m.message_id = o.message_id`,
)

/**
 * Removes those of the messages that are over and were accepted before a time, with their attempts; answers how many
 * they were. Passes over rows that somebody holds, such as one that is tried again, and locks those that it removes.
 */
export async function removeOldMessages(
  tx: Tx,
  tenantId: string,
  { messageIds, before }: { messageIds: readonly string[]; before: Temporal.Instant },
): Promise<number> {
  return await tx.execute(removeStatement, [tenantId, messageIds, before])
}
