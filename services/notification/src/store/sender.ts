import { statement, type Tx } from '@purser/postgres'
import type { Sender } from '../domain/sender.ts'

const findSenderStatement = statement(
  'notification.find_sender',
  `select sender_name, reply_to
   from sender
   where tenant_id = $1`,
)

/** What the tenant set, if anything. Takes no lock. */
export async function findSender(tx: Tx, tenantId: string): Promise<Sender | undefined> {
  const values = [tenantId]
  const [row] = await tx.query<{ sender_name: string; reply_to: string }>(
    findSenderStatement,
    values,
  )
  return row && { senderName: row.sender_name, replyTo: row.reply_to }
}

const putSenderStatement = statement(
  'notification.put_sender',
  `insert into sender (tenant_id, sender_name, reply_to)
   values ($1, $2, $3)
   on conflict (tenant_id) do update
     set sender_name = excluded.sender_name,
       reply_to = excluded.reply_to`,
)

/** Writes what the tenant sets. */
export async function putSender(
  tx: Tx,
  tenantId: string,
  { senderName, replyTo }: Sender,
): Promise<void> {
  await tx.execute(putSenderStatement, [tenantId, senderName, replyTo])
}
