import { createTestDatabase, temporaryFolder, waitFor } from '@purser/testing'
import { expect, test } from 'vitest'
import { assertDurable } from './durability.ts'

test('a server that may lose acknowledged writes is refused', async () => {
  await using folder = await temporaryFolder()
  await using db = await createTestDatabase('durable', folder.path)
  await expect(assertDurable(db.database)).resolves.toBeUndefined()

  await db.adminQuery(`alter role ${db.role} set synchronous_commit = off`)
  await db.adminQuery('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
    db.role,
  ])
  await waitFor(() => db.database.poolUse().total === 0)
  await expect(assertDurable(db.database)).rejects.toMatchObject({
    code: 'platform.internal',
    message: expect.stringMatching(/: synchronous_commit must not be off/),
  })
})
