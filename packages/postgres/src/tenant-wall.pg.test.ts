import { createTestDatabase, type TestDatabase, temporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asAdmin } from './as-admin.ts'
import { statement } from './statement.ts'

const init = `
  create table note (tenant_id text not null, id int not null, body text not null);
  create function count_notes_as_owner() returns bigint language sql security definer
    as 'select count(*) from note';
  select protect_tenant_table('note');
  create table fact (tenant_id text not null, id int not null);
  select protect_tenant_table('fact', allow_system => true);
  create table part (tenant_id text not null, id int not null) partition by range (id);
  create table part_low partition of part for values from (0) to (10);
  select protect_tenant_table('part');
  create view all_notes as select id, body from note;
`

const insertNote = statement('test.insert_note', 'insert into note values ($1, $2, $3)')
const insertFact = statement('test.insert_fact', 'insert into fact values ($1, $2)')
const insertPart = statement('test.insert_part', 'insert into part values ($1, $2)')
// No tenant filter anywhere: only the wall stands between the tenants.
const allNotes = statement('test.all_notes', 'select tenant_id, id from note order by id')
const allFacts = statement('test.all_facts', 'select tenant_id, id from fact order by id')
const partition = statement('test.partition', 'select tenant_id from part_low')
const viewed = statement('test.viewed', 'select id from all_notes')
const updateAll = statement('test.update_all', `update note set body = 'changed'`)
const deleteAll = statement('test.delete_all', 'delete from note')
const countAsOwner = statement('test.count_as_owner', 'select count_notes_as_owner() as count')
const rollback = statement('test.rollback', 'rollback')
const begin = statement('test.begin', 'begin')
const sessionSettings = statement(
  'test.session_settings',
  `select
     current_setting('purser.tenant_id', true) as tenant,
     current_setting('statement_timeout') as timeout,
     current_setting('idle_in_transaction_session_timeout') as pause,
     current_setting('search_path') as path`,
)

describe('the wall between tenants', () => {
  let db: TestDatabase

  beforeAll(async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': init })
    db = await createTestDatabase('walled', folder.path, { maxConnections: 1 })
    for (const [tenant, id] of [
      ['acme', 1],
      ['bolt', 2],
    ] as const) {
      await db.database.tx(tenant, async (tx) => {
        await tx.execute(insertNote, [tenant, id, 'first'])
        await tx.execute(insertFact, [tenant, id])
        await tx.execute(insertPart, [tenant, id])
      })
    }
  })
  afterAll(() => db.close())

  test('hides the rows of other tenants from a query without a filter', async () => {
    const rows = await db.database.tx('acme', (tx) => tx.query(allNotes))
    expect(rows).toEqual([{ tenant_id: 'acme', id: 1 }])
  })

  test('refuses to write a row of another tenant', async () => {
    const write = db.database.tx('acme', (tx) => tx.execute(insertNote, ['bolt', 9, 'forged']))
    await expect(write).rejects.toThrow(/row-level security/)
  })

  test('changes and deletes only own rows', async () => {
    await expect(db.database.tx('bolt', (tx) => tx.execute(updateAll))).resolves.toBe(1)
    const deleted = db.database.tx('nobody-yet', (tx) => tx.execute(deleteAll))
    await expect(deleted).resolves.toBe(0)
    const bodies = await db.adminQuery('select body from walled.note order by id')
    expect(bodies).toEqual([{ body: 'first' }, { body: 'changed' }])
  })

  test('binds functions and views that run as the owner of the table', async () => {
    const count = db.database.tx('acme', (tx) => tx.query(countAsOwner))
    await expect(count).resolves.toEqual([{ count: 1n }])
    const rows = db.database.tx('bolt', (tx) => tx.query(viewed))
    await expect(rows).resolves.toEqual([{ id: 2 }])
  })

  test('covers a partition that is read directly', async () => {
    const rows = db.database.tx('bolt', (tx) => tx.query(partition))
    await expect(rows).resolves.toEqual([{ tenant_id: 'bolt' }])
  })

  test('a session without a tenant sees nothing', async () => {
    await asAdmin(db.adminUrl, async (client) => {
      await client.query(`set role ${db.role}`)
      const { rows } = await client.query(`
        select id from walled.note
        union all select id from walled.fact
        union all select id from walled.part`)
      expect(rows).toEqual([])
    })
  })

  test('a system transaction sees only tables that admit it', async () => {
    const [notes, facts] = await db.database.system(async (tx) => [
      await tx.query(allNotes),
      await tx.query(allFacts),
    ])
    expect(notes).toEqual([])
    expect(facts).toEqual([
      { tenant_id: 'acme', id: 1 },
      { tenant_id: 'bolt', id: 2 },
    ])
  })

  test('no one can name the system as a tenant', async () => {
    for (const name of ['*', '', "a'; set role postgres --", 'A']) {
      await expect(db.database.tx(name, (tx) => tx.query(allFacts))).rejects.toThrow(/tenant id/)
    }
  })

  test('the tenant does not survive its transaction on a pooled connection', async () => {
    await db.database.tx('acme', (tx) => tx.query(allNotes))
    await db.database
      .tx('acme', async () => Promise.reject(new Error('rolled back')))
      .catch(() => undefined)
    // The pool has one connection; outside its transaction only what the role brings along is left.
    const [session] = await db.database.tx('bolt', async (tx) => {
      await tx.execute(rollback)
      const rows = await tx.query(sessionSettings)
      await tx.execute(begin)
      return rows
    })
    expect(session).toEqual({
      tenant: '',
      timeout: '15s',
      pause: '1min',
      path: 'walled, pg_temp',
    })
    const notes = await db.database.tx('bolt', (tx) => tx.query(allNotes))
    expect(notes).toEqual([{ tenant_id: 'bolt', id: 2 }])
  })

  test('the login role owns nothing and cannot lift the wall', async () => {
    const lift = statement('test.lift', 'alter table note no force row level security')
    await expect(db.database.tx('acme', (tx) => tx.execute(lift))).rejects.toThrow(/must be owner/)
    const become = statement('test.become', 'set local role purser_walled_owner')
    await expect(db.database.tx('acme', (tx) => tx.execute(become))).rejects.toThrow(/permission/)
    const truncate = statement('test.truncate', 'truncate note')
    await expect(db.database.tx('acme', (tx) => tx.execute(truncate))).rejects.toThrow(/permission/)
  })
})
