import { statement, type Tx } from '@purser/postgres'
import type { Account, AccountKind } from '../domain/account.ts'
import { type AddressJson, fromRowAddress, toRowAddress } from './address.ts'

type AccountRow = {
  account_id: string
  name: string
  kind: AccountKind
  email: string
  address: AddressJson | null
  created_at: Temporal.Instant
  erased_at: Temporal.Instant | null
}

const insertAccountsStatement = statement(
  'user.insert_accounts',
  `insert into account (tenant_id, account_id, name, kind, email, address, created_at)
   select $1, account_id, name, kind, email, address::jsonb, created_at
   from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
     as wanted(account_id, name, kind, email, address, created_at)
   order by account_id
   on conflict (tenant_id, account_id) do nothing`,
)

/**
 * Inserts the accounts whose id is free and answers how many they were; of two with one id one is
 * inserted. Rows are inserted in the order of their ids, so that calls that overlap wait for each
 * other and never deadlock.
 */
export async function insertAccounts(
  tx: Tx,
  tenantId: string,
  accounts: readonly Account[],
): Promise<number> {
  return await tx.execute(insertAccountsStatement, [
    tenantId,
    accounts.map((account) => account.accountId),
    accounts.map((account) => account.name),
    accounts.map((account) => account.kind),
    accounts.map((account) => account.email),
    accounts.map((account) => toRowAddress(account.address)),
    accounts.map((account) => account.createdAt),
  ])
}

const findAccountStatement = statement(
  'user.find_account',
  `select account_id, name, kind, email, address, created_at, erased_at
   from account
   where tenant_id = $1
     and account_id = $2`,
)

/** The account with this id, if there is one. Takes no lock. */
export async function findAccount(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<Account | undefined> {
  const [row] = await tx.query<AccountRow>(findAccountStatement, [tenantId, accountId])
  return row && fromRowAccount(row)
}

const listAccountsStatement = statement(
  'user.list_accounts',
  `select account_id, name, kind, email, address, created_at, erased_at
   from account
   where tenant_id = $1
     and account_id > $2
   order by account_id
   limit $3::bigint`,
)

/** Up to `limit` accounts whose id comes after `afterId`, in order of their id. Takes no lock. */
export async function listAccounts(
  tx: Tx,
  tenantId: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<Account[]> {
  const rows = await tx.query<AccountRow>(listAccountsStatement, [tenantId, afterId, limit])
  return rows.map(fromRowAccount)
}

const listMissingAccountsStatement = statement(
  'user.list_missing_accounts',
  `select distinct wanted.account_id
   from unnest($2::text[]) as wanted(account_id)
   where not exists (
     select
     from account
     where account.tenant_id = $1
       and account.account_id = wanted.account_id
       and account.erased_at is null
   )
   order by wanted.account_id`,
)

/** Those of these ids that no account has but an erased one, each once, in order. Takes no lock. */
export async function listMissingAccounts(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ account_id: string }>(listMissingAccountsStatement, [
    tenantId,
    accountIds,
  ])
  return rows.map((row) => row.account_id)
}

function fromRowAccount(row: AccountRow): Account {
  return {
    accountId: row.account_id,
    name: row.name,
    kind: row.kind,
    email: row.email,
    address: fromRowAddress(row.address),
    createdAt: row.created_at,
    ...(row.erased_at ? { erasedAt: row.erased_at } : {}),
  }
}
