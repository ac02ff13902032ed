import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUser, type User } from '../user-harness.ts'

/**
 * Tables that name a person, an account or an address, and what an erasure does with them. A new table is not
 * forgotten: it fails here until somebody decides.
 */
const decisions = new Map([
  ['account', 'tombstone'],
  ['account_invitation', 'removed'],
  ['account_member', 'removed'],
  ['erasure', 'kept: proof that it was done, ids alone'],
  ['invitation', 'removed'],
  ['mail_token', 'removed'],
  ['passkey', 'removed'],
  ['personal_export', 'removed'],
  ['provisioned_group_member', 'removed'],
  ['provisioned_user', 'removed'],
  ['recovery_code', 'removed'],
  ['saved_address', 'removed'],
  ['session', 'removed'],
  ['sign_in_challenge', 'removed'],
  ['sso_identity', 'removed'],
  ['tenant_user', 'tombstone'],
  ['totp', 'removed'],
  ['verified_email', 'removed'],
  ['wish', 'removed'],
])

let user: User
beforeAll(async () => {
  user = await startUser()
})
afterAll(() => user.close())

const tenant = 'acme'
const names = ['user_id', 'user_ids', 'account_id', 'email', 'phone', 'full_name', 'recipient']

async function tablesOfPeople(): Promise<string[]> {
  const rows = await user.adminQuery<{ name: string }>(
    `select distinct table_name as name
     from information_schema.columns
     where table_schema = 'user'
       and column_name = any($1::text[])`,
    [names],
  )
  return rows.map(({ name }) => name).sort()
}

test('what an erasure does with every table of people is decided', async () => {
  expect(await tablesOfPeople()).toEqual([...decisions.keys()].sort())
})

test('an erasure leaves no row of the person in a table that it empties', async () => {
  await user.createTenant(tenant)
  const person = {
    tenant,
    email: 'eva@acme.test',
    password: 'correct horse battery',
    fullName: 'E',
  }
  const { user: eva } = await user.client.register(person, user.anyone())
  const { userId = '', accountId = '' } = eva ?? {}
  const rows = insertsOf(userId, accountId)
  for (const text of rows.values()) await user.adminQuery(text)
  const removed = [...decisions].filter(([, what]) => what === 'removed').map(([table]) => table)
  const count = async (table: string) => {
    const text = `select count(*)::int as count from "user".${table} as t where t::text like $1`
    const [row] = await user.adminQuery<{ count: number }>(text, [`%${userId}%`])
    return row?.count ?? 0
  }
  for (const table of removed.filter((name) => name !== 'account_invitation')) {
    expect([table, await count(table)]).not.toEqual([table, 0])
  }
  for (const component of user.components) await component.start()
  try {
    const subject = { case: 'userId' as const, value: userId }
    const { erasureId } = await user.client.createErasure({ tenant, subject }, user.as(tenant))
    await waitFor(async () => {
      const erasure = await user.client.getErasure({ tenant, erasureId }, user.as(tenant))
      return erasure.completeTime
    })
  } finally {
    for (const component of user.components.toReversed()) await component.stop()
  }
  for (const table of removed) expect([table, await count(table)]).toEqual([table, 0])
  const everything = await user.adminQuery<{ text: string }>(
    `select u::text as text from "user".tenant_user as u
     union all select a::text from "user".account as a
     union all select i::text from "user".account_invitation as i`,
  )
  expect(everything.map(({ text }) => text).join('\n')).not.toContain('eva@acme.test')
})

/** A row of the person in each table that registering leaves empty. */
function insertsOf(userId: string, accountId: string): Map<string, string> {
  const [own, now] = [`'acme', '${userId}'`, `'2026-02-15T12:00:00Z'`]
  const key = `'acme', 'id-${userId}'`
  const hash = (what: string) => `sha256('${what}')`
  const insert = (table: string, columns: string, values: string): [string, string] => [
    table,
    `insert into "user".${table} (tenant_id, ${columns}) values (${values})`,
  ]
  return new Map([
    insert('invitation', 'user_id, secret_hash, expires_at', `${own}, ${hash('i')}, ${now}`),
    insert(
      'account_invitation',
      'account_id, email, role, secret_hash, expires_at',
      `'acme', '${accountId}', 'eva@acme.test', 'member', ${hash('a')}, ${now}`,
    ),
    insert('verified_email', 'user_id, email, verified_at', `${own}, 'eva@acme.test', ${now}`),
    insert(
      'mail_token',
      'token_id, user_id, purpose, email, secret_hash, created_at, expires_at',
      `${key}, '${userId}', 'reset_password', 'eva@acme.test', ${hash('m')}, ${now}, ${now}`,
    ),
    insert(
      'passkey',
      'passkey_id, user_id, name, credential_id, public_key, sign_count, transports, is_synced, created_at',
      `${key}, '${userId}', 'Eva', 'x', 'x', 0, '{}', false, ${now}`,
    ),
    insert(
      'provisioned_user',
      'user_id, external_id, attributes, updated_at',
      `${own}, 'eva', '{}', ${now}`,
    ),
    insert(
      'provisioned_group',
      'group_id, display_name, external_id, created_at, updated_at',
      `'acme', 'group', 'Group', '', ${now}, ${now}`,
    ),
    insert('provisioned_group_member', 'group_id, user_id', `'acme', 'group', '${userId}'`),
    insert('recovery_code', 'user_id, code_hash', `${own}, ${hash('r')}`),
    insert(
      'saved_address',
      'user_id, address_id, recipient, address, phone, is_default, created_at',
      `${own}, 'a', 'Eva', '{}', '', true, ${now}`,
    ),
    insert(
      'sign_in_challenge',
      'user_id, secret_hash, purpose, expires_at',
      `${own}, ${hash('c')}, 'second_factor', ${now}`,
    ),
    insert(
      'sso_identity',
      'issuer, subject, user_id, created_at',
      `'acme', 'issuer', 'eva', '${userId}', ${now}`,
    ),
    insert('totp', 'user_id, sealed_secret, created_at, last_step', `${own}, 'x', ${now}, 0`),
    insert('wish', 'user_id, product_id, created_at', `${own}, 'p', ${now}`),
    insert(
      'personal_export',
      'export_id, subject_kind, subject_id, user_ids, account_ids, state, requested_by, requested_at, expires_at',
      `${key}, 'user', '${userId}', array['${userId}'], '{}', 'running', 'test', ${now}, '2099-01-01T00:00:00Z'`,
    ),
  ])
}
