import { asAdmin, connectionUrl } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase, temporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrateJobs } from './migrate-jobs.ts'

const schema = 'migrated_jobs'

let db: TestDatabase
beforeAll(async () => {
  await using migrations = await temporaryFolder()
  db = await createTestDatabase('migrated', migrations.path)
})
afterAll(() => db.close())

/** Runs one statement as the service's role, outside of its schema. */
async function asService(text: string): Promise<unknown> {
  const url = connectionUrl(db.adminUrl, { user: db.role, password: db.password })
  return await asAdmin(url, (client) => client.query(text))
}

test('several processes may migrate at once and again', async () => {
  const migrate = () =>
    migrateJobs({ adminUrl: db.adminUrl, schema, role: db.role, log: silentLogger })
  await Promise.all([migrate(), migrate(), migrate()])
  await migrate()
  const [latest] = await db.adminQuery<{ id: number }>(
    `select max(id) as id from ${schema}.migrations`,
  )
  expect(latest?.id).toBeGreaterThanOrEqual(20)
})

test('a later start does not wait for work on the jobs', async () => {
  const migrate = () =>
    migrateJobs({ adminUrl: db.adminUrl, schema, role: db.role, log: silentLogger })
  await migrate()
  await asAdmin(db.adminUrl, async (client) => {
    await client.query(`begin; select from ${schema}._private_jobs`)
    await expect(migrate()).resolves.toBeUndefined()
    await client.query('rollback')
  })
})

test('the role of the service uses the jobs and changes no table', async () => {
  await asService(`select ${schema}.add_job('note', '{}')`)
  await expect(asService(`drop table ${schema}._private_jobs`)).rejects.toThrow('owner')
  await expect(asService(`delete from ${schema}.migrations`)).rejects.toThrow('denied')
  await expect(asService(`create table ${schema}.own ()`)).rejects.toThrow('denied')
})

test('the role of another service sees none of it', async () => {
  await using migrations = await temporaryFolder()
  await using other = await createTestDatabase('stranger', migrations.path)
  const url = connectionUrl(db.adminUrl, { user: other.role, password: other.password })
  const read = asAdmin(url, (client) => client.query(`select from ${schema}._private_jobs`))
  await expect(read).rejects.toThrow('permission denied')
})
