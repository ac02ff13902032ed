import { statement, type Tx } from '@purser/postgres'

/** Whose data is meant: accounts, and guests by their e-mail addresses in lower case. */
export type Subjects = { accountIds: readonly string[]; emails: readonly string[] }

const listStatement = statement(
  'shipping.list_personal_records',
  `select json_build_object(
     'shipment_id', shipment_id, 'order_id', order_id, 'account_id', account_id, 'state', state,
     'name', recipient -> 'name', 'address', recipient -> 'address', 'email', email,
     'carrier', carrier, 'tracking_number', tracking_number, 'created_at', created_at
   )::text as record
   from shipment
   where tenant_id = $1
     and (account_id = any($2::text[]) or email = any($3::text[]))
   order by shipment_id
   offset $4::bigint
   limit $5::bigint`,
)

/** Shipments to somebody, oldest first: as JSON with plain names. Takes no lock. */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  { accountIds, emails }: Subjects,
  { offset, limit }: { offset: number; limit: number },
): Promise<string[]> {
  const values = [tenantId, accountIds, emails, offset, limit]
  const rows = await tx.query<{ record: string }>(listStatement, values)
  return rows.map(({ record }) => record)
}

const ERASED = `recipient = null, email = '', erase_at = null, request_hash = sha256('erased')`

const eraseStatement = statement(
  'shipping.erase_recipients',
  `update shipment
   set ${ERASED}
   where tenant_id = $1
     and (account_id = any($2::text[]) or email = any($3::text[]))
     and (recipient is not null or email <> '')
     and state in ('delivered', 'returned', 'canceled', 'failed')`,
)

const eraseLaterStatement = statement(
  'shipping.erase_recipients_later',
  // A parcel arrives, comes back or is lost long before.
  `update shipment
   set erase_at = created_at + interval '2160 hours'
   where tenant_id = $1
     and (account_id = any($2::text[]) or email = any($3::text[]))
     and (recipient is not null or email <> '')`,
)

/**
 * Removes name, address and e-mail address from shipments to somebody: at once where they are done,
 * else when they come to their end, 90 days after they were made at the latest. Answers how many it
 * removed. Locks their rows.
 */
export async function eraseRecipients(
  tx: Tx,
  tenantId: string,
  { accountIds, emails }: Subjects,
): Promise<number> {
  const values = [tenantId, accountIds, emails]
  const erased = await tx.execute(eraseStatement, values)
  await tx.execute(eraseLaterStatement, values)
  return erased
}

const eraseDueStatement = statement(
  'shipping.erase_due_recipients',
  `update shipment
   set ${ERASED}
   where erase_at <= $1::timestamptz`,
)

/** Removes what waited for the end of a shipment for too long, of all tenants; in a system transaction. */
export async function eraseDueRecipients(tx: Tx, now: Temporal.Instant): Promise<void> {
  await tx.execute(eraseDueStatement, [now])
}

const keptStatement = statement(
  'shipping.count_kept_shipments',
  `select count(*) filter (where erase_at is not null) as under_way,
     count(*) filter (where erase_at is null) as nameless,
     max(erase_at) as until
   from shipment
   where tenant_id = $1
     and (account_id = any($2::text[]) or email = any($3::text[]))`,
)

/** What is left of shipments to somebody after an erasure: with an address until then, and without. */
export async function countKept(
  tx: Tx,
  tenantId: string,
  { accountIds, emails }: Subjects,
): Promise<{ underWay: bigint; nameless: bigint; until: Temporal.Instant | undefined }> {
  const [row] = await tx.query<{
    under_way: bigint
    nameless: bigint
    until: Temporal.Instant | null
  }>(keptStatement, [tenantId, accountIds, emails])
  const { under_way: underWay = 0n, nameless = 0n, until } = row ?? {}
  return { underWay, nameless, until: until ?? undefined }
}
