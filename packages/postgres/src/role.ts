import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { PurserError } from '@purser/kernel'
import pg from 'pg'
import { isServerAnswer } from './database-error.ts'
import { scramVerifier } from './scram-verifier.ts'

/** The login role of a service: it owns nothing, so row-level security binds it. */
export type ServiceRole = {
  role: string
  ownerRole: string
  password: string
  /** Where unqualified names of its statements are looked for. */
  schema: string
  /** Whether the server may keep the plans of its statements, see decision 0013. */
  keepsPlans: boolean
}

/** The server ends a statement after this. */
export const STATEMENT_TIMEOUT_MS = 15_000

/** A node that hangs between two statements loses its locks after this. */
const LONGEST_PAUSE_MS = 60_000

const maxAttempts = 20
const retryDelayMs = 20

/**
 * Codes of two servers' starts that meet: roles belong to the whole cluster, and Postgres does not
 * queue their changes but refuses one (duplicate key, duplicate object, "tuple concurrently
 * updated").
 */
const meetingCodes = new Set(['23505', '42710', 'XX000', '40001', '40P01'])

/**
 * The password of a login role: HMAC-SHA256 of its name under the installation's secret, base64url.
 * So no password is stored anywhere, and changing the secret rotates all of them at the next start.
 */
export function rolePassword(secret: string, role: string): string {
  return createHmac('sha256', secret).update(role).digest('base64url')
}

/**
 * Creates the owner role (no login) and the login role, and sets the password and with what settings
 * its sessions begin. Roles belong to the whole server: two installations on one server need different names.
 */
export async function ensureRoles(client: pg.ClientBase, roles: ServiceRole): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query('begin')
      await createRoles(client, roles)
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      const met = isServerAnswer(error) && meetingCodes.has(error.code ?? '')
      if (!met || attempt === maxAttempts) throw error
      await delay(retryDelayMs * attempt * Math.random())
    }
  }
}

async function createRoles(
  client: pg.ClientBase,
  { role, ownerRole, password, schema, keepsPlans }: ServiceRole,
): Promise<void> {
  const owner = pg.escapeIdentifier(ownerRole)
  const login = pg.escapeIdentifier(role)
  if (!(await exists(client, ownerRole))) await client.query(`create role ${owner} nologin`)
  if (!(await exists(client, role))) await client.query(`create role ${login} login`)
  await client.query(`alter role ${login} password ${pg.escapeLiteral(scramVerifier(password))}`)
  await client.query(`
    alter role ${login} set search_path = ${pg.escapeIdentifier(schema)}, pg_temp;
    alter role ${login} set statement_timeout = ${STATEMENT_TIMEOUT_MS};
    alter role ${login} set idle_in_transaction_session_timeout = ${LONGEST_PAUSE_MS};
    alter role ${login} set plan_cache_mode = ${keepsPlans ? 'auto' : 'force_custom_plan'}`)
  // An admin that is no superuser acts as the owner during migrations.
  await client.query(`grant ${owner} to current_user`)
}

async function exists(client: pg.ClientBase, role: string): Promise<boolean> {
  const found = await client.query('select 1 from pg_roles where rolname = $1', [role])
  return found.rowCount === 1
}

/** Throws `platform.internal` when row-level security would not bind one of the roles. */
export async function assertRolesAreBound(
  client: pg.ClientBase,
  { role, ownerRole }: Pick<ServiceRole, 'role' | 'ownerRole'>,
): Promise<void> {
  const { rows } = await client.query(
    `
    select rolname as name
    from pg_roles
    where rolname = any($1::text[])
      and (
        rolsuper
        or rolbypassrls
        or (rolname = $2 and pg_has_role(rolname, $3::name, 'member'))
      )`,
    [[role, ownerRole], role, ownerRole],
  )
  if (rows.length === 0) return
  const names = rows.map(({ name }) => name).join(', ')
  throw new PurserError(
    'platform.internal',
    `Role ${names} sees the rows of every tenant: it must not be a superuser, bypass row-level ` +
      'security or be a member of the owner role.',
  )
}
