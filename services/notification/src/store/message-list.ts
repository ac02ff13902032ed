import { type Statement, statement, type Tx } from '@purser/postgres'
import type { Message, MessageState } from '../domain/message.ts'
import { fromRowMessage, MESSAGE_COLUMNS, type MessageRow } from './message.ts'

/** Which messages a list holds; undefined does not narrow. */
export type MessageFilter = {
  recipientEmail: string | undefined
  templateKey: string | undefined
  state: MessageState | undefined
}

// One statement for each first filter, so that each is read from the index that has its order.
const byRecipient = listStatement('by_recipient', 'recipient_email = $4')
const byTemplate = listStatement('by_template', '$4::text is null and template_key = $5')
const byState = listStatement('by_state', '$4::text is null and $5::text is null and state = $6')
const all = listStatement('all', '$4::text is null and $5::text is null and $6::text is null')

function listStatement(name: string, condition: string): Statement {
  return statement(
    `notification.list_messages_${name}`,
    `select ${MESSAGE_COLUMNS}
     from message
     where tenant_id = $1
       and ${condition}
       and ($5::text is null or template_key = $5)
       and ($6::text is null or state = $6)
       and ($2::text is null or message_id < $2)
     order by message_id desc
     limit $3::bigint`,
  )
}

function statementOf({ recipientEmail, templateKey, state }: MessageFilter): Statement {
  if (recipientEmail !== undefined) return byRecipient
  if (templateKey !== undefined) return byTemplate
  return state === undefined ? all : byState
}

/** Messages before an id, newest first: ids sort by time. Takes no lock. */
export async function listMessages(
  tx: Tx,
  tenantId: string,
  question: { filter: MessageFilter; before: string | undefined; limit: number },
): Promise<Message[]> {
  const { filter, before, limit } = question
  const { recipientEmail, templateKey, state } = filter
  const values = [tenantId, before, limit, recipientEmail, templateKey, state]
  const rows = await tx.query<MessageRow>(statementOf(filter), values)
  return rows.map(fromRowMessage)
}
