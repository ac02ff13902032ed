import { statement, type Tx } from '@purser/postgres'
import type { PersonalRecord, PrivacyScope } from '../domain/privacy.ts'

/**
 * What this service holds about people ($2) and accounts ($3), kind by kind. A query answers `at`
 * and `id`, by which records are ordered, and `record`, with plain names and nothing that opens a
 * door: no hash and no secret.
 */
const queries = [
  [
    'profile',
    `select created_at as at, user_id as id, json_build_object(
       'user_id', user_id, 'email', email, 'full_name', full_name, 'role', role_key,
       'status', status, 'phone', phone, 'locale', locale, 'account_id', account_id,
       'created_at', created_at, 'erased_at', erased_at
     ) as record
     from tenant_user
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'accounts',
    `select created_at as at, account_id as id, json_build_object(
       'account_id', account_id, 'name', name, 'kind', kind, 'email', email,
       'address', address, 'created_at', created_at, 'erased_at', erased_at
     ) as record
     from account
     where tenant_id = $1 and account_id = any($3::text[])`,
  ],
  [
    'memberships of accounts',
    `select created_at as at, account_id || ' ' || user_id as id, json_build_object(
       'account_id', account_id, 'user_id', user_id, 'role', role, 'created_at', created_at
     ) as record
     from account_member
     where tenant_id = $1 and (user_id = any($2::text[]) or account_id = any($3::text[]))`,
  ],
  [
    'saved addresses',
    `select created_at as at, address_id as id, json_build_object(
       'recipient', recipient, 'address', address, 'phone', phone, 'is_default', is_default,
       'created_at', created_at
     ) as record
     from saved_address
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'wishes',
    `select created_at as at, product_id as id,
       json_build_object('product_id', product_id, 'created_at', created_at) as record
     from wish
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'sessions',
    `select created_at as at, session_id as id, json_build_object(
       'user_agent', user_agent, 'created_at', created_at, 'refreshed_at', refreshed_at,
       'expires_at', expires_at, 'revoked_at', revoked_at
     ) as record
     from session
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'refused sign-ins',
    `select failed_at as at, scope as id, json_build_object(
       'counted_by', scope, 'failures', failures, 'last_failure_at', failed_at,
       'blocked_until', blocked_until
     ) as record
     from sign_in_failure
     where tenant_id = $1
       and subject_hash in (
         select sha256(convert_to(text, 'UTF8'))
         from tenant_user
         cross join lateral (values (email), (user_id)) as hashed(text)
         where tenant_id = $1 and user_id = any($2::text[])
       )`,
  ],
  [
    'invitations',
    `select expires_at as at, user_id as id,
       json_build_object('into', 'the organization', 'expires_at', expires_at) as record
     from invitation
     where tenant_id = $1 and user_id = any($2::text[])
     union all
     select expires_at, account_id, json_build_object(
       'into', 'an account', 'account_id', account_id, 'email', email, 'role', role,
       'expires_at', expires_at
     )
     from account_invitation
     where tenant_id = $1
       and (account_id = any($3::text[]) or email in (
         select email from tenant_user where tenant_id = $1 and user_id = any($2::text[])
       ))`,
  ],
  [
    'verified e-mail addresses',
    `select verified_at as at, user_id as id,
       json_build_object('email', email, 'verified_at', verified_at) as record
     from verified_email
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'links sent by mail',
    `select created_at as at, token_id as id, json_build_object(
       'purpose', purpose, 'email', email, 'created_at', created_at, 'expires_at', expires_at
     ) as record
     from mail_token
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'authenticator apps',
    `select created_at as at, user_id as id,
       json_build_object('created_at', created_at, 'confirmed_at', confirmed_at) as record
     from totp
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'passkeys',
    `select created_at as at, passkey_id as id, json_build_object(
       'name', name, 'is_synced', is_synced, 'created_at', created_at, 'used_at', used_at
     ) as record
     from passkey
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'identities at sign-in providers',
    `select created_at as at, subject as id, json_build_object(
       'issuer', issuer, 'subject', subject, 'created_at', created_at
     ) as record
     from sso_identity
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'data of the identity provider',
    `select updated_at as at, user_id as id, json_build_object(
       'external_id', external_id, 'attributes', attributes, 'updated_at', updated_at
     ) as record
     from provisioned_user
     where tenant_id = $1 and user_id = any($2::text[])`,
  ],
  [
    'groups of the identity provider',
    `select g.created_at as at, g.group_id as id,
       json_build_object('group_id', g.group_id, 'display_name', g.display_name) as record
     from provisioned_group_member as m
     join provisioned_group as g on g.tenant_id = m.tenant_id and g.group_id = m.group_id
     where m.tenant_id = $1 and m.user_id = any($2::text[])`,
  ],
  [
    'API keys made by the person',
    `select created_at as at, api_key_id as id, json_build_object(
       'api_key_id', api_key_id, 'name', name, 'permissions', permissions,
       'created_at', created_at, 'revoked_at', revoked_at
     ) as record
     from api_key
     where tenant_id = $1 and created_by_kind = 'user' and created_by_id = any($2::text[])`,
  ],
  [
    'audit log',
    `select recorded_at as at, lpad(sequence::text, 20, '0') as id, json_build_object(
       'action', action, 'actor_kind', actor_kind, 'actor_id', actor_id, 'object', object,
       'acted_at', acted_at, 'client_address', client_address
     ) as record
     from audit_entry
     where tenant_id = $1
       and (actor_id = any($2::text[]) or sequence in (
         select sequence
         from audit_object
         where tenant_id = $1 and (object_id = any($2::text[]) or object_id = any($3::text[]))
       ))`,
  ],
] as const satisfies readonly (readonly [kind: string, text: string])[]

const kinds = queries.map(([kind, text]) => ({
  kind,
  // Every query is given both lists; the condition tells their types where one is not looked at.
  listStatement: statement(
    `user.export_${kind.toLowerCase().replaceAll(/[^a-z]+/g, '_')}`,
    `select record::text as record
     from (${text}) as held
     where $2::text[] is not null and $3::text[] is not null
     order by at, id
     offset $4::bigint
     limit $5::bigint`,
  ),
}))

/** A place in what this service holds: a kind by its number, and how many records were told of it. */
export type RecordPlace = { kindIndex: number; offset: number }

/**
 * Up to `limit` records of one kind from a place on, and the place that follows; undefined after
 * the last kind. Takes no lock.
 */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  question: { scope: PrivacyScope; place: RecordPlace; limit: number },
): Promise<{ records: PersonalRecord[]; next: RecordPlace | undefined }> {
  const { scope, place, limit } = question
  const { kindIndex, offset } = place
  const kind = kinds[kindIndex]
  if (kind === undefined) return { records: [], next: undefined }
  const values = [tenantId, scope.userIds, scope.accountIds, offset, limit]
  const rows = await tx.query<{ record: string }>(kind.listStatement, values)
  const records = rows.map(({ record }) => ({ kind: kind.kind, json: record }))
  if (rows.length === limit) return { records, next: { kindIndex, offset: offset + limit } }
  const isLast = kindIndex + 1 >= kinds.length
  return { records, next: isLast ? undefined : { kindIndex: kindIndex + 1, offset: 0 } }
}
