import type { Logger } from '@purser/runtime'
import pg from 'pg'
import { asAdmin } from './as-admin.ts'
import { readMigrationFiles } from './migration-files.ts'
import { applyMigrations, createMigrationTable, migrationTable } from './migration-table.ts'
import { assertRolesAreBound, ensureRoles, type ServiceRole } from './role.ts'
import { assertTenantWall, protectFunctionSql } from './tenant-wall.ts'

export type MigrateOptions = {
  /** May create roles and schemas; connects to the server itself, not to a pooling proxy. */
  adminUrl: string
  service: string
  schema: string
  /** The service's login role, `purser_<service>`; its tables belong to `<role>_owner`. */
  role: string
  password: string
  /**
   * Whether the server may keep plans (decision 0013): for services whose statements work on few rows each and whose
   * tables grow no faster than their statistics. Default false.
   */
  keepsPlans?: boolean
  /** Files `0001-init.sql`, `0002-...`: plain SQL, forward only. */
  migrationsDir: string
  /** Tables, in the schema, that hold nothing of any tenant. */
  tablesWithoutTenant?: readonly string[]
  log: Logger
}

/**
 * Brings a service's schema up to date, then proves that it keeps tenants apart. All files run in
 * one transaction under one lock, so that of several processes one migrates and the others find it
 * done, and a failure leaves everything as it was. Each file runs as the owner role with the schema
 * as its search path; `select protect_tenant_table('usage_event')` walls a table.
 *
 * The login role is created, its password set. It may read and write the tables of the schema and
 * nothing else; it owns nothing.
 *
 * Throws `platform.internal` when an applied file was changed or is gone, a file fails, a table is
 * not walled or a role bypasses the wall; `platform.unavailable` without a database. Returns the
 * names of the files that ran now.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const files = await readMigrationFiles(options.migrationsDir)
  const roles = {
    role: options.role,
    ownerRole: `${options.role}_owner`,
    password: options.password,
    schema: options.schema,
    keepsPlans: options.keepsPlans ?? false,
  }
  return await asAdmin(options.adminUrl, async (client) => {
    await ensureRoles(client, roles)
    await client.query('begin')
    // One for all schemas: grants on what they share must not meet either.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('purser.migrate', 0))`)
    await prepareSchema(client, options, roles)
    const applied = await applyMigrations(client, { ...options, ...roles }, files)
    const exceptions = [migrationTable, ...(options.tablesWithoutTenant ?? [])]
    await assertTenantWall(client, options.schema, exceptions)
    await assertRolesAreBound(client, roles)
    await client.query('commit')
    if (applied.length > 0) options.log.info({ schema: options.schema, applied }, 'migrated')
    return { applied }
  })
}

/**
 * What the owner creates later, the login role may use; what it shall not, such as changing the
 * rows of a ledger, a migration revokes.
 */
async function prepareSchema(
  client: pg.ClientBase,
  { schema: schemaName }: MigrateOptions,
  { role, ownerRole }: ServiceRole,
): Promise<void> {
  const schema = pg.escapeIdentifier(schemaName)
  const login = pg.escapeIdentifier(role)
  const owner = pg.escapeIdentifier(ownerRole)
  const whenOwnerCreates = `alter default privileges in schema ${schema} grant`
  await client.query(`
    set local client_min_messages = warning;
    revoke create on schema public from public;
    create schema if not exists ${schema} authorization ${owner};
    set local role ${owner};
    revoke all on schema ${schema} from public;
    grant usage on schema ${schema} to ${login};
    ${whenOwnerCreates} select, insert, update, delete on tables to ${login};
    ${whenOwnerCreates} usage, select on sequences to ${login};
    ${protectFunctionSql(schemaName)};
    set local role none`)
  await createMigrationTable(client, schemaName)
}
