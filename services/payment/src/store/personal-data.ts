import { statement, type Tx } from '@purser/postgres'

const listRecordsStatement = statement(
  'payment.list_personal_records',
  `select kind, record::text as record
   from (
     select 1 as place, 'cards' as kind, payment_method_id as id, json_build_object(
       'payment_method_id', payment_method_id, 'account_id', account_id, 'provider', provider,
       'brand', card_brand, 'last4', card_last4, 'expiry_month', card_expiry_month,
       'expiry_year', card_expiry_year, 'is_default', is_default, 'created_at', created_at
     ) as record
     from payment_method
     where tenant_id = $1 and account_id = any($2::text[])
     union all
     select 2, 'payments', payment_id, json_build_object(
       'payment_id', payment_id, 'account_id', account_id, 'order_id', order_id, 'state', state,
       'amount_minor', amount_minor, 'currency', currency, 'refunded_minor', refunded_minor,
       'brand', card_brand, 'last4', card_last4, 'created_at', created_at
     )
     from payment
     where tenant_id = $1 and account_id = any($2::text[])
   ) as held
   order by place, id
   offset $3::bigint
   limit $4::bigint`,
)

/** What is held about accounts, kind by kind: records with plain names as JSON. Takes no lock. */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  { accountIds, offset, limit }: { accountIds: readonly string[]; offset: number; limit: number },
): Promise<{ kind: string; json: string }[]> {
  const values = [tenantId, accountIds, offset, limit]
  const rows = await tx.query<{ kind: string; record: string }>(listRecordsStatement, values)
  return rows.map(({ kind, record }) => ({ kind, json: record }))
}

const eraseMethodsStatement = statement(
  'payment.erase_payment_methods',
  `delete from payment_method
   where tenant_id = $1
     and account_id = any($2::text[])`,
)

/** Forgets the cards of accounts; answers how many there were. Locks their rows. */
export async function erasePaymentMethods(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<number> {
  return await tx.execute(eraseMethodsStatement, [tenantId, accountIds])
}

const eraseCardsStatement = statement(
  'payment.erase_cards_of_payments',
  `update payment
   set card_brand = '', card_last4 = '', card_expiry_month = 0, card_expiry_year = 0
   where tenant_id = $1
     and account_id = any($2::text[])
     and card_last4 <> ''`,
)

/** Strips the payments of accounts of their cards; answers how many had one. Locks their rows. */
export async function eraseCardsOfPayments(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<number> {
  return await tx.execute(eraseCardsStatement, [tenantId, accountIds])
}

const countPaymentsStatement = statement(
  'payment.count_payments_of_accounts',
  `select count(*) as total
   from payment
   where tenant_id = $1
     and account_id = any($2::text[])`,
)

/** How many payments accounts have made. Takes no lock. */
export async function countPayments(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<bigint> {
  const values = [tenantId, accountIds]
  const [row] = await tx.query<{ total: bigint }>(countPaymentsStatement, values)
  return row?.total ?? 0n
}
