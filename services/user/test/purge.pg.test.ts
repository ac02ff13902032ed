import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PurgedKind, retentionHours } from '../src/domain/retention.ts'
import { purgeBatch } from '../src/store/purge.ts'
import { addPerson } from './add-person.ts'
import { signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
const tenants = ['acme', 'other']
const kinds = Object.keys(retentionHours) as PurgedKind[]

beforeAll(async () => {
  user = await startUser()
  for (const tenant of tenants) {
    await user.createTenant(tenant)
    await user.client.createAccount(
      { tenant, account: { accountId: 'acct', name: 'Team' } },
      user.as(tenant),
    )
    await user.client.createApiKey({ tenant, name: 'key', permissions: ['*'] }, user.as(tenant))
    for (const person of ['usr_late', 'usr_due']) await addPerson(user, tenant, person)
  }
})
afterAll(() => user.close())

/** A row of each kind that ended at an instant, of a tenant's person. */
async function insertEnded(tenant: string, person: string, endsAt: (kind: PurgedKind) => string) {
  const id = `${person}-of-${tenant}`
  const hash = (what: string) => `sha256('${what} ${id}')`
  const rows: Record<PurgedKind, string> = {
    session: `insert into "user".session (tenant_id, session_id, user_id, user_agent, created_at,
        refreshed_at, expires_at)
      values ($1, '${id}', '${person}', '', $2, $2, $2)`,
    refresh_token: `insert into "user".refresh_token (tenant_id, secret_hash, session_id, expires_at)
      values ($1, ${hash('refresh')}, '${id}', $2)`,
    sign_in_failure: `insert into "user".sign_in_failure (tenant_id, scope, subject_hash, failures,
        blocked_until, failed_at)
      values ($1, 'email', ${hash('failure')}, 3, $2, $2)`,
    invitation: `insert into "user".invitation (tenant_id, user_id, secret_hash, expires_at)
      values ($1, '${person}', ${hash('invitation')}, $2)`,
    account_invitation: `insert into "user".account_invitation (tenant_id, account_id, email, role,
        secret_hash, expires_at)
      values ($1, 'acct', '${person}@x.test', 'member', ${hash('account')}, $2)`,
    former_api_key_secret: `insert into "user".former_api_key_secret (tenant_id, secret_hash,
        api_key_id, expires_at)
      select tenant_id, ${hash('former')}, api_key_id, $2 from "user".api_key where tenant_id = $1`,
    mail_token: `insert into "user".mail_token (tenant_id, token_id, user_id, purpose, email,
        secret_hash, created_at, expires_at)
      values ($1, '${id}', '${person}', 'verify_email', 'x@x.test', ${hash('mail')}, $2, $2)`,
    sign_in_challenge: `insert into "user".sign_in_challenge (tenant_id, secret_hash, purpose,
        user_id, expires_at)
      values ($1, ${hash('challenge')}, 'second_factor', '${person}', $2)`,
    sso_attempt: `insert into "user".sso_attempt (tenant_id, state_hash, connection_id,
        redirect_uri, sealed_secrets, expires_at)
      values ($1, ${hash('attempt')}, 'c', 'r', '', $2)`,
    personal_export: `insert into "user".personal_export (tenant_id, export_id, subject_kind,
        subject_id, user_ids, account_ids, state, requested_by, requested_at, expires_at)
      values ($1, '${id}', 'user', '${person}', '{}', '{}', 'running', 'test', $2, $2)`,
  }
  for (const kind of ['session', ...kinds.filter((each) => each !== 'session')] as PurgedKind[]) {
    await user.adminQuery(rows[kind], [tenant, endsAt(kind)])
  }
}

/** Rows of a table, whosever. */
async function countOf(kind: PurgedKind): Promise<number> {
  const text = `select count(*)::int as count from "user".${kind}`
  return (await user.adminQuery<{ count: number }>(text))[0]?.count ?? 0
}

async function counts(): Promise<Record<string, number>> {
  const found = await Promise.all(kinds.map(async (kind) => [kind, await countOf(kind)] as const))
  return Object.fromEntries(found)
}

const all = (count: number) => Object.fromEntries(kinds.map((kind) => [kind, count]))

test('what ended long enough ago goes, of every tenant, and what did not stays', async () => {
  const kept = (kind: PurgedKind) => now.subtract({ hours: retentionHours[kind] }).toString()
  const due = (kind: PurgedKind) =>
    now.subtract({ hours: retentionHours[kind] }).subtract({ nanoseconds: 1_000 }).toString()
  for (const tenant of tenants) {
    await insertEnded(tenant, 'usr_late', kept)
    await insertEnded(tenant, 'usr_due', due)
  }
  expect(await counts()).toEqual(all(4))
  for (const component of user.components) await component.start()
  await waitFor(async () => (await countOf('sso_attempt')) === 2)
  for (const component of user.components.toReversed()) await component.stop()
  expect(await counts()).toEqual(all(2))
  const [left] = await user.adminQuery<{ names: string }>(
    `select string_agg(session_id, ' ' order by session_id) as names from "user".session`,
  )
  expect(left?.names).toBe('usr_late-of-acme usr_late-of-other')
  const [next] = await user.adminQuery<{ run_at: Date; key: string }>(
    `select run_at, key from user_jobs.jobs where key = 'purge'`,
  )
  expect(next?.run_at.toISOString()).toBe('2026-02-15T13:00:00.000Z')
})

describe('a refresh token', () => {
  test('that was used ends its session when it is used again, purged or not', async () => {
    const signIn = signInOf(user, 'acme')
    const first = await signIn.register('jo@example.com')
    const second = await signIn.refresh(first.refreshToken)
    user.present.now = now.add({ hours: 29 * 24 })
    const third = await signIn.refresh(second.refreshToken)
    await purge(user.present.now)
    await expect(signIn.refresh(first.refreshToken)).rejects.toMatchObject({
      code: 'auth.invalid_credentials',
    })
    await expect(signIn.refresh(third.refreshToken)).rejects.toMatchObject({
      code: 'auth.invalid_credentials',
    })
  })

  test('that goes works for nobody before, and its session lasts', async () => {
    user.present.now = now
    const signIn = signInOf(user, 'acme')
    const first = await signIn.register('al@example.com')
    user.present.now = now.add({ hours: 29 * 24 })
    const second = await signIn.refresh(first.refreshToken)
    user.present.now = now.add({ hours: 31 * 24 + 1 })
    await purge(user.present.now)
    await expect(signIn.refresh(first.refreshToken)).rejects.toMatchObject({
      code: 'auth.invalid_credentials',
    })
    await signIn.refresh(second.refreshToken)
  })

  /** Everything that the job removes of the tenant at an instant. */
  async function purge(at: Temporal.Instant): Promise<void> {
    for (const kind of kinds) {
      const before = at.subtract({ hours: retentionHours[kind] })
      await user.database.tx('acme', (tx) => purgeBatch(tx, 'acme', { kind, before, limit: 1_000 }))
    }
  }
})

test('a batch is bounded, passes over what somebody holds, and sees its own tenant', async () => {
  const before = now.add({ hours: 100_000 })
  await user.adminQuery(
    `insert into "user".sign_in_failure (tenant_id, scope, subject_hash, failures, blocked_until,
       failed_at)
     select tenant_id, 'email', sha256((n || tenant_id)::bytea), 1, $1, $1
     from generate_series(1, 5) as n, unnest(array['acme', 'other']) as tenant_id`,
    [now.toString()],
  )
  const batch = (limit: number, tenant = 'acme', of = tenant) =>
    user.database.tx(tenant, (tx) => purgeBatch(tx, of, { kind: 'sign_in_failure', before, limit }))
  const inOther = await batch(100, 'acme', 'other')
  expect(inOther).toBe(0)
  expect(await batch(2)).toBe(2)
  await user.database.tx('acme', async (tx) => {
    const removed = purgeBatch(tx, 'acme', { kind: 'sign_in_failure', before, limit: 1 })
    expect(await removed).toBe(1)
    const beside = await batch(100)
    expect(beside).toBeGreaterThanOrEqual(2)
  })
  expect(await batch(100)).toBe(0)
  expect(await batch(100, 'other')).toBeGreaterThanOrEqual(5)
})
