import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@purser/runtime'
import {
  type BlankDatabase,
  createBlankDatabase,
  spawnNode,
  temporaryFolder,
} from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asAdmin } from './as-admin.ts'
import { connectionUrl } from './connection-url.ts'
import { createDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { rolePassword } from './role.ts'
import { statement } from './statement.ts'

const walledTable = `
  create table note (tenant_id text not null, id int not null);
  select protect_tenant_table('note');
`

describe('migrate', () => {
  let blank: BlankDatabase
  beforeAll(async () => {
    blank = await createBlankDatabase()
  })
  afterAll(() => blank.close())

  /** Roles belong to the whole server, so each test takes a service name of its own. */
  const planFor = (service: string, migrationsDir: string) => ({
    adminUrl: blank.adminUrl,
    service,
    schema: service,
    role: `purser_${service}`,
    password: rolePassword('secret', `purser_${service}`),
    migrationsDir,
    log: silentLogger,
  })

  test('runs new files in order, once', async () => {
    await using folder = await temporaryFolder({
      '0002-fill.sql': `insert into setting values ('fill');`,
      '0001-init.sql': 'create table setting (name text);',
    })
    const plan = { ...planFor('ordered', folder.path), tablesWithoutTenant: ['setting'] }
    expect(await migrate(plan)).toEqual({ applied: ['0001-init.sql', '0002-fill.sql'] })
    await writeFile(join(folder.path, '0003-more.sql'), `insert into setting values ('more');`)
    expect(await migrate(plan)).toEqual({ applied: ['0003-more.sql'] })
    expect(await migrate(plan)).toEqual({ applied: [] })
    const rows = await blank.adminQuery('select name from ordered.setting')
    expect(rows).toEqual([{ name: 'fill' }, { name: 'more' }])
  })

  test('three processes that start at once migrate once', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    const plan = planFor('raced', folder.path)
    const program = `
      import { migrate } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      const log = { debug() {}, info() {}, warn() {}, error() {}, child() { return log } }
      const { applied } = await migrate({ ...JSON.parse(process.env.PLAN), log })
      console.log('applied ' + applied.length)`
    const processes = Array.from({ length: 3 }, () =>
      spawnNode(['--input-type=module-typescript', '--eval', program], {
        env: { PLAN: JSON.stringify(plan) },
      }),
    )
    const counts = await Promise.all(
      processes.map(async (child) => (await child.waitForLine(/^applied (\d)$/))[1]),
    )
    expect(counts.sort()).toEqual(['0', '0', '1'])
    const rows = await blank.adminQuery('select name from raced.migration')
    expect(rows).toEqual([{ name: '0001-init.sql' }])
  })

  test('refuses a file that changed after it was applied, but not its line ends', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    const plan = planFor('changed', folder.path)
    const path = join(folder.path, '0001-init.sql')
    await migrate(plan)
    await writeFile(path, walledTable.replaceAll('\n', '\r\n'))
    expect(await migrate(plan)).toEqual({ applied: [] })
    await writeFile(path, `${walledTable}-- harmless?`)
    await expect(migrate(plan)).rejects.toMatchObject({
      code: 'platform.internal',
      message: expect.stringMatching(/changed\/0001-init\.sql was changed after it was applied/),
    })
  })

  test('refuses to go back to fewer files, and a file before the last', async () => {
    await using folder = await temporaryFolder({ '0002-init.sql': walledTable })
    await using older = await temporaryFolder()
    await migrate(planFor('older', folder.path))
    await expect(migrate(planFor('older', older.path))).rejects.toThrow(/not the next file/)
    await writeFile(join(folder.path, '0001-before.sql'), 'select 1;')
    await expect(migrate(planFor('older', folder.path))).rejects.toThrow(/not the next file/)
  })

  test('a failing file leaves nothing behind, not even the files before it', async () => {
    await using folder = await temporaryFolder({
      '0001-init.sql': walledTable,
      '0002-bad.sql': 'create table broken (id no_such_type);',
    })
    const run = migrate(planFor('failing', folder.path))
    await expect(run).rejects.toThrow(/failing\/0002-bad\.sql failed: type "no_such_type"/)
    expect(await blank.adminQuery(`select to_regclass('failing.note') as note`)).toEqual([
      { note: null },
    ])
  })

  test('a migration that would skip rows behind the wall fails instead', async () => {
    await using folder = await temporaryFolder({
      '0001-init.sql': walledTable,
      '0002-fill.sql': 'update note set id = id + 1;',
    })
    const run = migrate(planFor('skipping', folder.path))
    await expect(run).rejects.toThrow(/affected by row-level security/)
  })

  test.each([
    ['open', 'create table gap (tenant_id text);', /gap has no row-level security/],
    ['keyless', 'create table gap (id int);', /gap has no tenant_id/],
    [
      'unforced',
      `create table gap (tenant_id text);
       select protect_tenant_table('gap');
       alter table gap no force row level security;`,
      /gap does not force/,
    ],
    [
      'bare',
      `create table gap (tenant_id text);
       alter table gap enable row level security;
       alter table gap force row level security;`,
      /gap has no policy/,
    ],
    [
      'wide',
      `create table gap (tenant_id text);
       select protect_tenant_table('gap');
       create policy everyone on gap using (true);`,
      /gap has a policy that ignores the tenant/,
    ],
    [
      'copied',
      'create materialized view gap as select 1 as tenant_id;',
      /gap cannot have row-level security/,
    ],
    [
      'partitioned',
      `create table part (tenant_id text) partition by list (tenant_id);
       select protect_tenant_table('part');
       create table gap partition of part default;`,
      /gap has no row-level security/,
    ],
  ])('refuses a schema with a hole in the wall: %s', async (service, sql, message) => {
    await using folder = await temporaryFolder({ '0001-init.sql': sql })
    const run = migrate(planFor(service, folder.path))
    await expect(run).rejects.toMatchObject({ code: 'platform.internal', message })
    const schemas = await blank.adminQuery('select from pg_namespace where nspname = $1', [service])
    expect(schemas).toEqual([])
  })

  test('refuses a login role that bypasses the wall', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    const plan = planFor('bypassing', folder.path)
    await migrate(plan)
    await blank.adminQuery('alter role purser_bypassing bypassrls')
    await expect(migrate(plan)).rejects.toThrow(/purser_bypassing sees the rows of every tenant/)
    await blank.adminQuery('alter role purser_bypassing nobypassrls')
    await blank.adminQuery('grant purser_bypassing_owner to purser_bypassing')
    await expect(migrate(plan)).rejects.toThrow(/purser_bypassing sees the rows of every tenant/)
  })

  test('a service sees its own schema and no other', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    await migrate(planFor('north', folder.path))
    await migrate(planFor('south', folder.path))
    const north = createDatabase({ ...planFor('north', ''), url: blank.adminUrl })
    const other = statement('test.other', 'select id from south.note')
    await expect(north.tx('acme', (tx) => tx.query(other))).rejects.toThrow(/permission denied/)
    const record = statement('test.record', 'delete from north.migration')
    await expect(north.tx('acme', (tx) => tx.execute(record))).rejects.toThrow(/permission denied/)
    const table = statement('test.table', 'create table mine (id int)')
    await expect(north.tx('acme', (tx) => tx.execute(table))).rejects.toThrow(/permission denied/)
    await north.close()
  })

  test('sets the password anew, so that a new secret rotates it', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    const plan = planFor('rotating', folder.path)
    const login = (password: string) =>
      asAdmin(connectionUrl(blank.adminUrl, { user: plan.role, password }), async () => 'in')
    await migrate(plan)
    await expect(login(plan.password)).resolves.toBe('in')
    const next = rolePassword('next secret', plan.role)
    await migrate({ ...plan, password: next })
    await expect(login(next)).resolves.toBe('in')
    await expect(login(plan.password)).rejects.toMatchObject({ code: 'platform.internal' })
  })

  test('an admin that is no superuser can migrate', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': walledTable })
    const [database] = await blank.adminQuery<{ name: string }>('select current_database() as name')
    await blank.adminQuery(`create role managed login createrole password 'managed'`)
    await blank.adminQuery(`grant create on database ${database?.name} to managed`)
    const plan = planFor('managed_service', folder.path)
    const adminUrl = connectionUrl(blank.adminUrl, { user: 'managed', password: 'managed' })
    expect(await migrate({ ...plan, adminUrl })).toEqual({ applied: ['0001-init.sql'] })
    expect(await migrate({ ...plan, adminUrl })).toEqual({ applied: [] })
  })
})
