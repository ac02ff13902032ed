import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  asAdmin,
  connectionUrl,
  createDatabase,
  type Database,
  type DatabaseOptions,
  type MigrateOptions,
  migrate,
  rolePassword,
} from '@purser/postgres'
import { type Logger, silentLogger } from '@purser/runtime'
import { testPostgres } from './test-postgres.ts'

export type BlankDatabase = {
  /** A superuser's URL of this database, e.g. for `POSTGRES_URL` of a process. */
  adminUrl: string
  /** Runs one statement as superuser, past row-level security. */
  adminQuery<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Closes the handle and drops the database. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type TestDatabase = BlankDatabase & {
  /** The service's own handle, with its login role. */
  database: Database
  schema: string
  role: string
  password: string
}

export type TestDatabaseOptions = Pick<MigrateOptions, 'tablesWithoutTenant'> &
  Partial<Omit<DatabaseOptions, 'url' | 'schema' | 'role' | 'password'>> & {
    /** The schema of the service's jobs, and `migrateJobs` of `@purser/jobs`, whose tests use this package. */
    jobs?: {
      schema: string
      migrate(plan: {
        adminUrl: string
        schema: string
        role: string
        log: Logger
      }): Promise<unknown>
    }
  }

/** An empty database of the run's server. */
export async function createBlankDatabase(): Promise<BlankDatabase> {
  const { adminUrl } = await testPostgres()
  return await createFrom(adminUrl, 'template1')
}

/**
 * A fresh copy of a database that `fill` makes, given its URL, at the first call of a test run. `key` stands for what
 * `fill` does: two that differ have different keys.
 */
export async function createDatabaseCopy(
  key: string,
  fill: (adminUrl: string) => Promise<unknown>,
): Promise<BlankDatabase> {
  const { adminUrl } = await testPostgres()
  const template = `template_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`
  await ensureTemplate(adminUrl, template, fill)
  return await createFrom(adminUrl, template)
}

/**
 * A fresh database with the schema of a service, named and migrated as in production: schema
 * `<serviceName>`, role `purser_<serviceName>`. The files run once a test run, later calls copy the
 * result.
 */
export async function createTestDatabase(
  serviceName: string,
  migrationsDir: string,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const { tablesWithoutTenant = [], jobs, ...poolOptions } = options
  const role = `purser_${serviceName}`
  const password = rolePassword('test', role)
  const plan = {
    service: serviceName,
    schema: serviceName,
    role,
    password,
    migrationsDir,
    tablesWithoutTenant,
    log: silentLogger,
  }
  const blank = await createDatabaseCopy(await keyOf(plan, jobs?.schema), async (adminUrl) => {
    await migrate({ ...plan, adminUrl })
    await jobs?.migrate({ adminUrl, schema: jobs.schema, role, log: silentLogger })
  })
  const database = createDatabase({
    maxConnections: 5,
    // Of a machine that stands still for seconds; who tests this bound names it.
    connectTimeoutMs: 30_000,
    log: silentLogger,
    ...poolOptions,
    url: blank.adminUrl,
    schema: serviceName,
    role,
    password,
  })
  const close = async () => {
    await database.close()
    await blank.close()
  }
  const identity = { schema: serviceName, role, password }
  return { ...blank, ...identity, database, close, [Symbol.asyncDispose]: close }
}

async function createFrom(serverUrl: string, template: string): Promise<BlankDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(serverUrl, (client) => client.query(`create database ${name} template ${template}`))
  const adminUrl = connectionUrl(serverUrl, { database: name })
  const close = async () => drop(serverUrl, name)
  return {
    adminUrl,
    adminQuery: async <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const result = await asAdmin(adminUrl, (client) => client.query<Row>(text, [...values]))
      return result.rows
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

let dropped: Promise<unknown> = Promise.resolve()

/**
 * Not waited for: it makes a checkpoint of the whole server, and nobody needs the database to be gone. One after the
 * other; what is left at the end of the run goes with the server.
 */
function drop(serverUrl: string, name: string): void {
  const work = () =>
    asAdmin(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`))
  dropped = dropped.then(work).catch(() => undefined)
}

/** Test files run in several processes: the first makes the template, the others wait for it. */
async function ensureTemplate(
  serverUrl: string,
  name: string,
  fill: (adminUrl: string) => Promise<unknown>,
): Promise<void> {
  await asAdmin(serverUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name])
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (found.rowCount === 1) return
    await client.query(`create database ${name}`)
    try {
      await fill(connectionUrl(serverUrl, { database: name }))
      // A database is copied when nobody is connected to it: the last sessions of `fill` may still be ending.
      await client.query(
        'select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = $1',
        [name],
      )
    } catch (error) {
      await client.query(`drop database ${name} with (force)`)
      throw error
    }
  })
}

/** What a service's template depends on: its plan and its files. */
async function keyOf(
  { log: _log, ...plan }: Omit<MigrateOptions, 'adminUrl'>,
  jobsSchema: string | undefined,
): Promise<string> {
  const parts = [JSON.stringify([plan, jobsSchema])]
  for (const file of (await readdir(plan.migrationsDir)).sort()) {
    parts.push(file, await readFile(join(plan.migrationsDir, file), 'utf8'))
  }
  return parts.join('\n')
}
