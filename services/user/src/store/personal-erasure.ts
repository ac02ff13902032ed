import { type Statement, statement, type Tx } from '@purser/postgres'
import { ERASED_NAME, type PrivacyScope } from '../domain/privacy.ts'

const emailsOfPeople = `
  select email
  from tenant_user
  where tenant_id = $1
    and user_id = any($2::text[])
    and erased_at is null`

/** Tables with rows of a person alone, each before those that it refers to. */
const ownTables = [
  'refresh_token',
  'session',
  'invitation',
  'saved_address',
  'wish',
  'verified_email',
  'mail_token',
  'totp',
  'recovery_code',
  'passkey',
  'sign_in_challenge',
  'sso_identity',
  'provisioned_group_member',
  'provisioned_user',
] as const

/** What is found by the e-mail address, and so before the address goes. */
const byEmail: readonly Statement[] = [
  statement(
    'user.erase_sign_in_failures',
    `delete from sign_in_failure
     where tenant_id = $1
       and subject_hash in (
         select sha256(convert_to(text, 'UTF8'))
         from tenant_user
         cross join lateral (values (email), (user_id)) as hashed(text)
         where tenant_id = $1
           and user_id = any($2::text[])
       )`,
  ),
  statement(
    'user.erase_account_invitations_of_person',
    `delete from account_invitation
     where tenant_id = $1
       and email in (${emailsOfPeople})`,
  ),
  // Also of accounts that stay: whoever signs up for an organization leaves the address there.
  statement(
    'user.erase_email_of_accounts',
    `update account
     set email = ''
     where tenant_id = $1
       and email <> ''
       and lower(email) in (${emailsOfPeople})`,
  ),
]

const ofPeople: readonly Statement[] = [
  ...ownTables.map((table) =>
    statement(
      `user.erase_${table}`,
      table === 'refresh_token'
        ? `delete from refresh_token
           using session
           where refresh_token.tenant_id = $1
             and session.tenant_id = $1
             and session.session_id = refresh_token.session_id
             and session.user_id = any($2::text[])`
        : `delete from ${table}
           where tenant_id = $1
             and user_id = any($2::text[])`,
    ),
  ),
  statement(
    'user.erase_idempotency_keys',
    `delete from idempotency_key
     where tenant_id = $1
       and principal in (select 'user:' || id from unnest($2::text[]) as id)`,
  ),
  // People name their keys as they like. The keys were revoked when the person was shut out.
  statement(
    'user.erase_api_key_names',
    `update api_key
     set name = '${ERASED_NAME}'
     where tenant_id = $1
       and created_by_kind = 'user'
       and created_by_id = any($2::text[])
       and name <> '${ERASED_NAME}'`,
  ),
]

const ofAccounts: readonly Statement[] = [
  statement(
    'user.erase_account_invitations',
    `delete from account_invitation
     where tenant_id = $1
       and account_id = any($2::text[])`,
  ),
]

const erasePeopleStatement = statement(
  'user.erase_people',
  `update tenant_user
   set email = lower(user_id) || '@erased.invalid',
       full_name = '${ERASED_NAME}',
       phone = '',
       locale = '',
       password_hash = null,
       status = 'disabled',
       role_key = 'shopper',
       account_id = null,
       erased_at = $3::timestamptz
   where tenant_id = $1
     and user_id = any($2::text[])
     and erased_at is null`,
)

const eraseAccountsStatement = statement(
  'user.erase_accounts',
  `update account
   set name = '${ERASED_NAME}',
       email = '',
       address = null,
       erased_at = $3::timestamptz
   where tenant_id = $1
     and account_id = any($2::text[])
     and erased_at is null`,
)

const leaveAccountsStatement = statement(
  'user.leave_erased_accounts',
  `update tenant_user
   set account_id = null
   where tenant_id = $1
     and account_id = any($2::text[])`,
)

const eraseMembersStatement = statement(
  'user.erase_account_members',
  `delete from account_member
   where tenant_id = $1
     and (user_id = any($2::text[]) or account_id = any($3::text[]))`,
)

const eraseExportsStatement = statement(
  'user.erase_personal_exports',
  `delete from personal_export
   where tenant_id = $1
     and (user_ids && $2::text[] or account_ids && $3::text[])`,
)

/**
 * Erases what this service holds about people and accounts: rows of theirs go, and the person and
 * the account stay as tombstones, whose id is all that is left. Answers how many rows that were;
 * repeating it is harmless. Locks every row it touches, people in order of their id first.
 */
export async function erasePersonalRows(
  tx: Tx,
  tenantId: string,
  { userIds, accountIds }: PrivacyScope,
  erasedAt: Temporal.Instant,
): Promise<number> {
  await tx.query(lockPeopleStatement, [tenantId, userIds])
  let count = 0
  for (const each of [...byEmail, ...ofPeople]) count += await tx.execute(each, [tenantId, userIds])
  for (const each of ofAccounts) count += await tx.execute(each, [tenantId, accountIds])
  count += await tx.execute(erasePeopleStatement, [tenantId, userIds, erasedAt])
  await tx.execute(leaveAccountsStatement, [tenantId, accountIds])
  count += await tx.execute(eraseMembersStatement, [tenantId, userIds, accountIds])
  count += await tx.execute(eraseAccountsStatement, [tenantId, accountIds, erasedAt])
  count += await tx.execute(eraseExportsStatement, [tenantId, userIds, accountIds])
  return count
}

const lockPeopleStatement = statement(
  'user.lock_people_to_erase',
  `select user_id
   from tenant_user
   where tenant_id = $1
     and user_id = any($2::text[])
   order by user_id
   for update`,
)
