import { statement, type Tx } from '@purser/postgres'
import type { Party } from '../domain/party.ts'

/** Who bought, as it is printed, and by what somebody's are found. */
export type OrderBuyer = {
  orderId: string
  /** Empty when unknown. */
  userId: string
  accountId: string
  /** SHA-256 of the e-mail address in lower case. */
  emailHash: Buffer | undefined
  buyer: Party
  /** Exclusive. */
  retainUntil: Temporal.Instant
}

const insertBuyersStatement = statement(
  'invoicing.insert_order_buyers',
  `insert into order_buyer
     (tenant_id, order_id, user_id, account_id, email_hash, name, lines, retain_until)
   select $1, order_id, user_id, account_id, decode(email_hash, 'hex'), name, lines, retain_until
   from jsonb_to_recordset($2::jsonb) as new (
     order_id text, user_id text, account_id text, email_hash text, name text, lines text[],
     retain_until timestamptz
   )`,
)

/** Keeps who bought orders. */
export async function insertBuyers(
  tx: Tx,
  tenantId: string,
  buyers: readonly OrderBuyer[],
): Promise<void> {
  const rows = buyers.map(({ orderId, userId, accountId, emailHash, buyer, retainUntil }) => ({
    order_id: orderId,
    user_id: userId,
    account_id: accountId,
    email_hash: emailHash?.toString('hex'),
    name: buyer.name,
    lines: buyer.lines,
    retain_until: retainUntil.toString(),
  }))
  await tx.execute(insertBuyersStatement, [tenantId, JSON.stringify(rows)])
}

const retainLongerStatement = statement(
  'invoicing.retain_order_buyers',
  `update order_buyer
   set retain_until = greatest(retain_until, $3::timestamptz)
   where tenant_id = $1
     and order_id = any($2::text[])`,
)

/** Keeps who bought orders until a time at least. Locks their rows. */
export async function retainBuyersUntil(
  tx: Tx,
  tenantId: string,
  orderIds: readonly string[],
  until: Temporal.Instant,
): Promise<void> {
  await tx.execute(retainLongerStatement, [tenantId, orderIds, until])
}

const findBuyerStatement = statement(
  'invoicing.find_order_buyer',
  `select name, lines
   from order_buyer
   where tenant_id = $1
     and order_id = $2`,
)

/** Who bought an order, as printed; undefined once it was forgotten. */
export async function findOrderBuyer(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<Party | undefined> {
  const [row] = await tx.query<Party>(findBuyerStatement, [tenantId, orderId])
  return row
}

/** Whose orders are meant. */
export type Buyers = {
  userIds: readonly string[]
  accountIds: readonly string[]
  emailHashes: readonly Buffer[]
}

/** Each way to find them has an index of its own. */
const ofBuyers = `(user_id = any($2::text[]) and user_id <> ''
     or account_id = any($3::text[]) and account_id <> ''
     or email_hash = any($4::bytea[]) and email_hash is not null)`

const forgetBuyersStatement = statement(
  'invoicing.forget_order_buyers',
  `delete from order_buyer
   where tenant_id = $1
     and ${ofBuyers}
     and retain_until <= $5::timestamptz`,
)

// What was found by the hash of an address is found by person or account when the time has come.
const keepBuyersStatement = statement(
  'invoicing.keep_order_buyers',
  `with kept as (
     update order_buyer
     set email_hash = null,
       user_id = case user_id when '' then coalesce(($2::text[])[1], '') else user_id end,
       account_id = case account_id when '' then coalesce(($3::text[])[1], '') else account_id end
     where tenant_id = $1
       and ${ofBuyers}
     returning retain_until
   )
   select count(*) as total, max(retain_until) as retain_until
   from kept`,
)

/** Forgets buyers whose time has come, and tells how many others are kept until when. Locks their rows. */
export async function forgetBuyers(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds, emailHashes }: Buyers,
  now: Temporal.Instant,
): Promise<{
  forgotten: number
  kept: bigint
  retainUntil: Temporal.Instant | undefined
}> {
  const whose = [tenantId, userIds, accountIds, emailHashes]
  const forgotten = await tx.execute(forgetBuyersStatement, [...whose, now])
  const [row] = await tx.query<{ total: bigint; retain_until: Temporal.Instant | null }>(
    keepBuyersStatement,
    whose,
  )
  return { forgotten, kept: row?.total ?? 0n, retainUntil: row?.retain_until ?? undefined }
}

const listRecordsStatement = statement(
  'invoicing.list_personal_sales',
  `select json_build_object(
     'order_id', b.order_id, 'user_id', b.user_id, 'account_id', b.account_id, 'name', b.name,
     'address', b.lines, 'retain_until', b.retain_until,
     'invoices', (
       select coalesce(json_agg(json_build_object(
         'invoice_id', i.invoice_id, 'number', i.number, 'kind', i.kind, 'currency', i.currency,
         'subtotal_minor', i.subtotal_minor, 'tax_minor', i.tax_minor,
         'total_minor', i.total_minor, 'reason', i.reason, 'created_at', i.created_at,
         'lines', (
           select json_agg(json_build_object(
             'line_number', l.line_number, 'description', l.description, 'quantity', l.quantity,
             'amount_minor', l.amount_minor, 'tax_minor', l.tax_minor
           ) order by l.line_number)
           from sale_line as l
           where l.tenant_id = i.tenant_id
             and l.invoice_id = i.invoice_id
         )
       ) order by i.number_sequence), '[]')
       from invoice as i
       where i.tenant_id = b.tenant_id
         and i.order_id = b.order_id
     )
   )::text as record
   from order_buyer as b
   where tenant_id = $1
     and ${ofBuyers}
   order by order_id
   offset $5::bigint
   limit $6::bigint`,
)

/** What is kept of buyers with the invoices of their orders, as JSON with plain names. Takes no lock. */
export async function listPersonalSales(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds, emailHashes }: Buyers,
  { offset, limit }: { offset: number; limit: number },
): Promise<string[]> {
  const values = [tenantId, userIds, accountIds, emailHashes, offset, limit]
  const rows = await tx.query<{ record: string }>(listRecordsStatement, values)
  return rows.map(({ record }) => record)
}
