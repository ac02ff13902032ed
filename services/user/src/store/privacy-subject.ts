import { statement, type Tx } from '@purser/postgres'

const listOwnAccountsStatement = statement(
  'user.list_own_accounts',
  `select mine.account_id
   from account_member as mine
   join account as a on a.tenant_id = mine.tenant_id and a.account_id = mine.account_id
   where mine.tenant_id = $1
     and mine.user_id = $2
     and a.kind = 'person'
     and not exists (
       select
       from account_member as other
       where other.tenant_id = mine.tenant_id
         and other.account_id = mine.account_id
         and other.user_id <> mine.user_id
     )
   order by mine.account_id`,
)

/** Accounts of a person, not of an organization, that this person alone is a member of. */
export async function listOwnAccounts(tx: Tx, tenantId: string, userId: string): Promise<string[]> {
  const rows = await tx.query<{ account_id: string }>(listOwnAccountsStatement, [tenantId, userId])
  return rows.map((row) => row.account_id)
}

const listSharedAccountsStatement = statement(
  'user.list_shared_accounts',
  `select mine.account_id
   from account_member as mine
   where mine.tenant_id = $1
     and mine.user_id = $2
     and exists (
       select
       from account_member as other
       where other.tenant_id = mine.tenant_id
         and other.account_id = mine.account_id
         and other.user_id <> mine.user_id
     )
   order by mine.account_id`,
)

/** Accounts that the person shares with somebody, in order of their id. */
export async function listSharedAccounts(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<string[]> {
  const values = [tenantId, userId]
  const rows = await tx.query<{ account_id: string }>(listSharedAccountsStatement, values)
  return rows.map((row) => row.account_id)
}

const findOwnerOfAccountStatement = statement(
  'user.find_owner_of_account',
  `select min(m.user_id) as user_id
   from account_member as m
   join account as a on a.tenant_id = m.tenant_id and a.account_id = m.account_id
   where m.tenant_id = $1
     and m.account_id = $2
     and a.kind = 'person'
   having count(*) = 1`,
)

/** The person whose own account this is: its only member. */
export async function findOwnerOfAccount(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<string | undefined> {
  const values = [tenantId, accountId]
  const [row] = await tx.query<{ user_id: string }>(findOwnerOfAccountStatement, values)
  return row?.user_id
}

const listEmailsStatement = statement(
  'user.list_emails_of_subject',
  `select lower(email) as email
   from tenant_user
   where tenant_id = $1
     and user_id = any($2::text[])
     and erased_at is null
   union
   select lower(email)
   from account
   where tenant_id = $1
     and account_id = any($3::text[])
     and email <> ''
   order by email`,
)

/** The e-mail addresses of these people and accounts, in lower case, each once; none of erased ones. */
export async function listEmails(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds }: { userIds: readonly string[]; accountIds: readonly string[] },
): Promise<string[]> {
  const values = [tenantId, userIds, accountIds]
  const rows = await tx.query<{ email: string }>(listEmailsStatement, values)
  return rows.map((row) => row.email)
}
