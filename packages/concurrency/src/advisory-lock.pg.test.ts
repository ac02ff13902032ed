import { type Database, statement } from '@purser/postgres'
import { createTestDatabase, type TestDatabase, temporaryFolder, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { advisoryLockKey, takeAdvisoryLocks } from './advisory-lock.ts'
import type { LockKey } from './lock-order.ts'

type LockRow = { lock_number: bigint; granted: boolean; pid: number }

/** Reads the two halves of an advisory lock's number back from where Postgres keeps them. */
const selectLocks = `
  select ((classid::bigint << 32) | objid::bigint)::text as lock_number, granted, pid
  from pg_locks
  where locktype = 'advisory'
    and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())`
const selectPid = statement('test.select_pid', 'select pg_backend_pid() as pid')

let db: TestDatabase
let database: Database
beforeAll(async () => {
  await using migrations = await temporaryFolder()
  db = await createTestDatabase('advisory', migrations.path)
  database = db.database
})
afterAll(() => db.close())

const keys: LockKey[] = ['c', 'a', 'e', 'b', 'd'].map((id) => ({
  tenantId: 'acme',
  kind: 'account',
  id,
}))
const ascending = keys.map(advisoryLockKey).toSorted((a, b) => (a < b ? -1 : 1))

async function locksOf(pid: number): Promise<LockRow[]> {
  const rows = await db.adminQuery<{ lock_number: string; granted: boolean; pid: number }>(
    selectLocks,
  )
  return rows
    .filter((row) => row.pid === pid)
    .map((row) => ({ ...row, lock_number: BigInt(row.lock_number) }))
    .toSorted((a, b) => (a.lock_number < b.lock_number ? -1 : 1))
}

test.each([0, 1, 2, 3, 4])(
  'waiting at lock %d it holds all smaller and no greater one',
  async (at) => {
    const blocker = keys.find((key) => advisoryLockKey(key) === ascending[at])
    const blocked = Promise.withResolvers<number>()
    const release = Promise.withResolvers<void>()
    const ready = Promise.withResolvers<void>()
    const holding = database.tx('acme', async (tx) => {
      await takeAdvisoryLocks(tx, blocker ? [blocker] : [])
      ready.resolve()
      await release.promise
    })
    await ready.promise
    const waiting = database.tx('acme', async (tx) => {
      const [row] = await tx.query<{ pid: number }>(selectPid)
      blocked.resolve(row?.pid ?? 0)
      await takeAdvisoryLocks(tx, [...keys, ...keys])
      return await locksOf(row?.pid ?? 0)
    })
    const pid = await blocked.promise
    const seen = await waitFor(async () => {
      const locks = await locksOf(pid)
      return locks.some(({ granted }) => !granted) ? locks : undefined
    })
    release.resolve()
    await holding
    const held = await waiting
    expect(seen.map(({ lock_number }) => lock_number)).toEqual(ascending.slice(0, at + 1))
    expect(seen.map(({ granted }) => granted)).toEqual([...Array(at).fill(true), false])
    expect(held.map(({ lock_number }) => lock_number)).toEqual(ascending)
    expect(await locksOf(pid)).toEqual([])
  },
)
