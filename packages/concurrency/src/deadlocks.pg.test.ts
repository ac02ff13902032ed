import { statement, type Tx } from '@purser/postgres'
import { createTestDatabase, type TestDatabase, temporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { takeAdvisoryLocks } from './advisory-lock.ts'
import { type LockKey, lockOrder } from './lock-order.ts'

/** docs/case-studies/deadlocks.md tells what this proves and quotes its figures. */

const tenantId = 'acme'
const workers = 32
const transactionsPerWorker = 10
const accounts = 48
const accountsPerTransaction = 4
const seed = 20260201

const lockAccount = statement(
  'test.lock_account',
  'select id from account where tenant_id = $1 and id = $2 for update',
)
const creditAccount = statement(
  'test.credit_account',
  'update account set balance_minor = balance_minor + 1 where tenant_id = $1 and id = $2',
)

let db: TestDatabase
beforeAll(async () => {
  await using migrations = await temporaryFolder({
    '0001-init.sql': `
      create table account (
        tenant_id text not null,
        id text not null,
        balance_minor bigint not null default 0,
        primary key (tenant_id, id)
      );
      select protect_tenant_table('account')`,
  })
  db = await createTestDatabase('deadlocks', migrations.path, { maxConnections: workers })
  await db.adminQuery(
    `insert into deadlocks.account (tenant_id, id)
     select $1, 'acc_' || n from generate_series(1, $2::integer) as n`,
    [tenantId, accounts],
  )
  // How long a waiter waits before Postgres looks for a circle; the default of 1 s only costs time.
  await db.adminQuery(`do $$ begin
    execute format('alter database %I set deadlock_timeout = %L', current_database(), '20ms');
  end $$`)
})
afterAll(() => db.close())
beforeEach(() => db.adminQuery('update deadlocks.account set balance_minor = 0'))

/** Random numbers from 0 to 1, the same for the same seed: mulberry32 by Tommy Ettinger. */
function seededRandom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** For each worker its transactions, for each transaction the accounts in the order it meets them. */
function workload(): LockKey[][][] {
  const random = seededRandom(seed)
  const pickAccounts = (): LockKey[] => {
    const left = Array.from({ length: accounts }, (_, n) => `acc_${n + 1}`)
    return Array.from({ length: accountsPerTransaction }, () => {
      const [id = ''] = left.splice(Math.floor(random() * left.length), 1)
      return { tenantId, kind: 'account', id }
    })
  }
  return Array.from({ length: workers }, () =>
    Array.from({ length: transactionsPerWorker }, pickAccounts),
  )
}

async function lockOneByOne(tx: Tx, keys: readonly LockKey[]): Promise<void> {
  for (const { id } of keys) await tx.query(lockAccount, [tenantId, id])
}

/** Runs the whole workload, each transaction once, and counts how they end. */
async function run(lock: (tx: Tx, keys: readonly LockKey[]) => Promise<void>) {
  const result = { committed: 0, deadlocks: 0 }
  const transact = async (keys: readonly LockKey[]): Promise<void> => {
    try {
      await db.database.tx(tenantId, async (tx) => {
        await lock(tx, keys)
        for (const { id } of keys) await tx.execute(creditAccount, [tenantId, id])
      })
      result.committed += 1
    } catch (error) {
      if (sqlStateOf(error) !== '40P01') throw error
      result.deadlocks += 1
    }
  }
  await Promise.all(
    workload().map(async (transactions) => {
      for (const keys of transactions) await transact(keys)
    }),
  )
  return result
}

function sqlStateOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: string } }
  return cause?.code
}

async function totalBalance(): Promise<number> {
  const [row] = await db.adminQuery<{ total: string }>(
    'select sum(balance_minor) as total from deadlocks.account',
  )
  return Number(row?.total)
}

const allTransactions = workers * transactionsPerWorker

test('rows locked in the order of the request deadlock', async () => {
  const { committed, deadlocks } = await run(lockOneByOne)
  console.log(`any order: ${committed} committed, ${deadlocks} deadlocks`)
  expect(deadlocks).toBeGreaterThan(0)
  expect(committed + deadlocks).toBe(allTransactions)
  expect(await totalBalance()).toBe(committed * accountsPerTransaction)
})

test('the same rows locked in canonical order never do', async () => {
  const { committed, deadlocks } = await run((tx, keys) => lockOneByOne(tx, lockOrder(keys)))
  console.log(`canonical order: ${committed} committed, ${deadlocks} deadlocks`)
  expect(deadlocks).toBe(0)
  expect(committed).toBe(allTransactions)
  expect(await totalBalance()).toBe(allTransactions * accountsPerTransaction)
})

test('nor do advisory locks of the same keys, taken before the rows in any order', async () => {
  const { committed, deadlocks } = await run(takeAdvisoryLocks)
  console.log(`advisory locks: ${committed} committed, ${deadlocks} deadlocks`)
  expect(deadlocks).toBe(0)
  expect(committed).toBe(allTransactions)
  expect(await totalBalance()).toBe(allTransactions * accountsPerTransaction)
})
