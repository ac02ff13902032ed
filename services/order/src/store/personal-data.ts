import { statement, type Tx } from '@purser/postgres'

/** Whose data is meant: people, accounts, and guests by their e-mail addresses in lower case. */
export type Subjects = {
  userIds: readonly string[]
  accountIds: readonly string[]
  emails: readonly string[]
}

const ofSubjects = `(user_id = any($2::text[]) and user_id <> ''
     or account_id = any($3::text[]) and account_id <> ''
     or lower(email) = any($4::text[]) and email <> '')`

const listStatement = statement(
  'order.list_personal_records',
  `select json_build_object(
     'order_id', order_id, 'number', number, 'user_id', user_id, 'account_id', account_id,
     'email', email, 'recipient', recipient, 'phone', phone,
     'shipping_address', shipping_address, 'billing_address', billing_address, 'note', note,
     'state', state, 'currency', currency, 'total_minor', total_minor,
     'refunded_minor', refunded_minor, 'created_at', created_at,
     'items', (
       select json_agg(json_build_object(
         'title', title, 'quantity', quantity, 'paid_minor', paid_minor
       ) order by line_number)
       from order_line as line
       where line.tenant_id = sales_order.tenant_id
         and line.order_id = sales_order.order_id
     )
   )::text as record
   from sales_order
   where tenant_id = $1
     and ${ofSubjects}
   order by order_id
   offset $5::bigint
   limit $6::bigint`,
)

/** Orders of somebody, oldest first: as JSON with plain names. Takes no lock. */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds, emails }: Subjects,
  { offset, limit }: { offset: number; limit: number },
): Promise<string[]> {
  const values = [tenantId, userIds, accountIds, emails, offset, limit]
  const rows = await tx.query<{ record: string }>(listStatement, values)
  return rows.map(({ record }) => record)
}

const eraseStatement = statement(
  'order.erase_contacts',
  `update sales_order
   set email = '', recipient = '', phone = '', note = '', shipping_address = '{"lines": []}'::jsonb,
     billing_address = '{"lines": []}'::jsonb
   where tenant_id = $1
     and ${ofSubjects}
     and (email <> '' or recipient <> '' or phone <> '' or note <> ''
       or shipping_address <> '{"lines": []}'::jsonb)
     and (state not in ('pending', 'confirmed', 'paid', 'fulfilling', 'shipped')
       or created_at < $5::timestamptz)`,
)

/**
 * Removes names, addresses and words from orders of somebody that are over, and from those that were
 * made before a time; answers how many. Locks their rows.
 */
export async function eraseContacts(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds, emails }: Subjects,
  before: Temporal.Instant,
): Promise<number> {
  return await tx.execute(eraseStatement, [tenantId, userIds, accountIds, emails, before])
}

const keptStatement = statement(
  'order.count_kept_orders',
  `select count(*) filter (where email <> '') as under_way,
     count(*) filter (where email = '') as nameless,
     max(created_at) filter (where email <> '') as newest
   from sales_order
   where tenant_id = $1
     and ${ofSubjects}`,
)

/** What is left of orders of somebody: with an address, and without. Takes no lock. */
export async function countKept(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds, emails }: Subjects,
): Promise<{ underWay: bigint; nameless: bigint; newest: Temporal.Instant | undefined }> {
  const [row] = await tx.query<{
    under_way: bigint
    nameless: bigint
    newest: Temporal.Instant | null
  }>(keptStatement, [tenantId, userIds, accountIds, emails])
  const { under_way: underWay = 0n, nameless = 0n, newest } = row ?? {}
  return { underWay, nameless, newest: newest ?? undefined }
}
