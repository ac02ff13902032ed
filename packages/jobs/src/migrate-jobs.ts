import { hash } from 'node:crypto'
import { connectionUrl } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import { runMigrations } from 'graphile-worker'
import pg from 'pg'
import { graphileLogger } from './graphile-logger.ts'

export type MigrateJobsOptions = {
  /** May create schemas; connects to the server itself, not to a pooling proxy. */
  adminUrl: string
  /** The schema of the jobs alone, `<service>_jobs`. */
  schema: string
  /** The service's login role, as in `migrate`; it must exist. */
  role: string
  log: Logger
}

/** The library enables row-level security on these and leaves the policies to us. */
const walledTables = ['_private_jobs', '_private_job_queues', '_private_tasks']

/**
 * Brings the job tables of a service up to date and lets its role, and no other, use them. The tables
 * belong to the admin: the role can add, run and complete jobs, but not change the tables. Jobs are not
 * tenant data for the database (a payload names its tenant), so every transaction of the service may add
 * them. Safe to call again and from several processes at once. Errors of the server pass as they are.
 */
export async function migrateJobs(options: MigrateJobsOptions): Promise<void> {
  const { adminUrl, schema, role, log } = options
  const pool = new pg.Pool({
    connectionString: connectionUrl(adminUrl, {}),
    application_name: `purser-migrate-${schema}`,
    connectionTimeoutMillis: 10_000,
    // One session, so that the lock taken below covers what the library does.
    max: 1,
  })
  pool.on('error', (err) => log.warn({ err, schema }, 'the connection of the migration broke'))
  pool.on('connect', (client) => client.on('error', () => undefined))
  try {
    await pool.query(`select pg_advisory_lock(hashtextextended('purser.migrate', 0))`)
    await runMigrations({ pgPool: pool, schema, logger: graphileLogger(log) })
    await giveAccess(pool, schema, role)
  } finally {
    await pool.end()
  }
}

/**
 * Once for each version of the library's tables and of what is given: changing policies waits for all work on the jobs. What
 * was given is noted in the schema's comment.
 */
async function giveAccess(pool: pg.Pool, schema: string, role: string): Promise<void> {
  const access = accessFor(schema, role)
  const name = pg.escapeIdentifier(schema)
  const { rows } = await pool.query<{ version: string; note: string | null }>(
    `select (select max(id) from ${name}.migrations)::text as version,
       obj_description($1::regnamespace, 'pg_namespace') as note`,
    [name],
  )
  const [known] = rows
  const note = `access ${hash('sha256', `${known?.version} ${access}`)}`
  if (known?.note === note) return
  await pool.query(
    `begin; ${access}; comment on schema ${name} is ${pg.escapeLiteral(note)}; commit`,
  )
}

function accessFor(schemaName: string, roleName: string): string {
  const schema = pg.escapeIdentifier(schemaName)
  const role = pg.escapeIdentifier(roleName)
  const policies = walledTables.map(
    (table) => `
      drop policy if exists service on ${schema}.${table};
      create policy service on ${schema}.${table} to ${role} using (true) with check (true);`,
  )
  return `
    set local client_min_messages = warning;
    grant usage on schema ${schema} to ${role};
    grant select, insert, update, delete on all tables in schema ${schema} to ${role};
    revoke insert, update, delete on ${schema}.migrations from ${role};
    revoke execute on all functions in schema ${schema} from public;
    grant execute on all functions in schema ${schema} to ${role};
    ${policies.join('')}`
}
