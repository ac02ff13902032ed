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
import { silentLogger } from '@purser/runtime'
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
  Partial<Omit<DatabaseOptions, 'url' | 'schema' | 'role' | 'password'>>

/** An empty database of the run's server. */
export async function createBlankDatabase(): Promise<BlankDatabase> {
  const { adminUrl } = await testPostgres()
  return await createFrom(adminUrl, 'template1')
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
  const { adminUrl } = await testPostgres()
  const { tablesWithoutTenant = [], ...poolOptions } = options
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
  const blank = await createFrom(adminUrl, await ensureTemplate(adminUrl, plan))
  const database = createDatabase({
    maxConnections: 5,
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
  const close = async () => {
    await asAdmin(serverUrl, (client) => client.query(`drop database ${name} with (force)`))
  }
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

/** Test files run in several processes: the first makes the template, the others wait for it. */
async function ensureTemplate(
  serverUrl: string,
  plan: Omit<MigrateOptions, 'adminUrl'>,
): Promise<string> {
  const name = `template_${await hashOf(plan)}`
  await asAdmin(serverUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name])
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (found.rowCount === 1) return
    await client.query(`create database ${name}`)
    try {
      await migrate({ ...plan, adminUrl: connectionUrl(serverUrl, { database: name }) })
    } catch (error) {
      await client.query(`drop database ${name} with (force)`)
      throw error
    }
  })
  return name
}

async function hashOf({ log: _log, ...plan }: Omit<MigrateOptions, 'adminUrl'>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(plan))
  for (const file of (await readdir(plan.migrationsDir)).sort()) {
    hash.update(`\n${file}\n`).update(await readFile(join(plan.migrationsDir, file)))
  }
  return hash.digest('hex').slice(0, 24)
}
