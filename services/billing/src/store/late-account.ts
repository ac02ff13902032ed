import { statement, type Tx } from '@purser/postgres'

const oldestWatermarkStatement = statement(
  'billing.oldest_watermark',
  `select min(greatest(
     billed.watermark,
     (select max(settling.watermark)
      from billing_run as settling
      where settling.tenant_id = $1
        and settling.status = 'completed'
        and settling.window_start >= billed.window_end
        and settling.created_at > billed.ended_at
        and not exists (
          select 1
          from billing_run as other
          where other.tenant_id = $1
            and other.run_id <> settling.run_id
            and other.window_start >= settling.window_start
            and other.created_at <= settling.ended_at
        ))
   )) as watermark
   from billing_run as billed
   where billed.tenant_id = $1
     and exists (
       select 1
       from billing_item as item
       where item.tenant_id = $1
         and item.run_id = billed.run_id
         and item.status = 'billed'
     )`,
)

/**
 * The watermark from which on the late usage of some billed period may not be billed; undefined before anything was.
 *
 * What a run billed is settled up to its own watermark. A later run settles it up to a greater one, if it surely
 * looked for late usage of all of it: it began after that run had ended, for a later month, ended without
 * failures, and no other run of its month or of one after it had begun before. A lower answer than needed is
 * harmless: more events are looked at, and a charge is only corrected when it has a new one.
 */
export async function findOldestWatermark(tx: Tx, tenantId: string): Promise<bigint | undefined> {
  const [row] = await tx.query<{ watermark: bigint | null }>(oldestWatermarkStatement, [tenantId])
  return row?.watermark ?? undefined
}

const addLateAccountsStatement = statement(
  'billing.add_late_accounts',
  `insert into late_account (tenant_id, run_id, account_id)
   select $1, $2, account_id
   from unnest($3::text[]) as account_id
   on conflict (tenant_id, run_id, account_id) do nothing`,
)

/** Notes accounts with late usage, in the order given. */
export async function addLateAccounts(
  tx: Tx,
  tenantId: string,
  runId: string,
  accountIds: readonly string[],
): Promise<void> {
  await tx.execute(addLateAccountsStatement, [tenantId, runId, accountIds])
}

const findLateAccountsStatement = statement(
  'billing.find_late_accounts',
  `select account_id
   from late_account
   where tenant_id = $1
     and run_id = $2
     and account_id = any ($3::text[])`,
)

/** Those of the accounts that have late usage. */
export async function findLateAccounts(
  tx: Tx,
  tenantId: string,
  runId: string,
  accountIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ account_id: string }>(findLateAccountsStatement, [
    tenantId,
    runId,
    accountIds,
  ])
  return new Set(rows.map((row) => row.account_id))
}
