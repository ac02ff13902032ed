import { statement } from '@purser/postgres'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
})
afterAll(() => user.close())

const insertMiddle = statement(
  'test.insert_middle',
  `insert into account (tenant_id, account_id, name, kind, email, created_at)
   values ('acme', 'acct-5', 'In the way', 'person', '', now())`,
)

/** Keeps the account in the middle of all inserted but not committed until `release` is called. */
async function blockMiddle() {
  const inserted = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const blocker = user.database.tx('acme', async (tx) => {
    await tx.execute(insertMiddle)
    inserted.resolve()
    await gate.promise
    throw new Error('rolled back')
  })
  await inserted.promise
  return async () => {
    gate.resolve()
    await expect(blocker).rejects.toThrow('rolled back')
  }
}

const countWaiting = async () => {
  const rows = await user.adminQuery(
    `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  )
  return rows.length
}

test('batches in opposite order that meet in the middle do not deadlock', async () => {
  const accounts = Array.from({ length: 10 }, (_, index) => ({
    accountId: `acct-${index}`,
    name: `Customer ${index}`,
  }))
  const send = (batch: typeof accounts) =>
    user.client.batchCreateAccounts({ tenant: 'acme', accounts: batch }, user.as('acme'))

  const release = await blockMiddle()
  const calls = Promise.all([send(accounts), send(accounts.toReversed())])
  await waitFor(async () => (await countWaiting()) === 2)
  await release()
  const created = (await calls).map(({ createdCount }) => createdCount)
  expect(created.toSorted((a, b) => a - b)).toEqual([0, 10])
})
