import { statement } from '@purser/postgres'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from './create-test-database.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testPostgres } from './test-postgres.ts'

const init = `
  create table note (tenant_id text not null, id int not null);
  select protect_tenant_table('note');
`
const insert = statement('testing.insert', 'insert into note values ($1, 1)')

describe('createTestDatabase', () => {
  test('gives each caller a fresh copy', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': init })
    await using one = await createTestDatabase('copied_notes', folder.path)
    await one.database.tx('acme', (tx) => tx.execute(insert, ['acme']))
    await using two = await createTestDatabase('copied_notes', folder.path)
    expect(await one.adminQuery('select id from copied_notes.note')).toEqual([{ id: 1 }])
    expect(await two.adminQuery('select id from copied_notes.note')).toEqual([])
  })

  test('callers at the same time share one template', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': init })
    const databases = await Promise.all(
      Array.from({ length: 4 }, () => createTestDatabase('raced_notes', folder.path)),
    )
    for (const db of databases) {
      expect(await db.database.tx('acme', (tx) => tx.execute(insert, ['acme']))).toBe(1)
      await db.close()
    }
  })

  test('passes on why the files do not run, each time', async () => {
    await using folder = await temporaryFolder({ '0001-init.sql': 'create table open (id int)' })
    for (const _ of [1, 2]) {
      const create = createTestDatabase('open_notes', folder.path)
      await expect(create).rejects.toThrow(/open has no tenant_id/)
    }
  })

  test('the server is the same for all', async () => {
    expect(await testPostgres()).toEqual(await testPostgres())
  })
})
