import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advisoryLockKey, takeAdvisoryLocks } from './advisory-lock.ts'
import { type LockKey, lockOrder } from './lock-order.ts'

const text = fc.string({ unit: 'binary', maxLength: 4 })
const key = fc.record({ tenantId: text, kind: text, id: text })
const parts = ({ tenantId, kind, id }: LockKey): string[] => [tenantId, kind, id]

/** The order of Postgres under collate "C": bytes of UTF-8, column by column. */
function comparedByPostgres(a: LockKey, b: LockKey): number {
  const columns = parts(a).map((part, index) =>
    Buffer.compare(Buffer.from(part), Buffer.from(parts(b)[index] ?? '')),
  )
  return columns.find((order) => order !== 0) ?? 0
}

test('orders by tenant, kind, id and drops repetitions', () => {
  const b1 = { tenantId: 'b', kind: 'account', id: '1' }
  const a10 = { tenantId: 'a', kind: 'account', id: '10' }
  const a9 = { tenantId: 'a', kind: 'account', id: '9' }
  const wallet = { tenantId: 'a', kind: 'wallet', id: '0' }
  expect(lockOrder([b1, wallet, a9, a10, { ...b1 }])).toEqual([a10, a9, wallet, b1])
})

test('law: the same set gives the same order, which is that of Postgres', () => {
  fc.assert(
    fc.property(fc.array(key), fc.array(fc.nat()), (keys, shuffle) => {
      const shuffled = keys
        .map((value, index) => ({ value, at: shuffle[index] ?? 0 }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ value }) => value)
      const ordered = lockOrder(keys)
      expect(lockOrder([...shuffled, ...keys])).toEqual(ordered)
      for (const [index, next] of ordered.slice(1).entries()) {
        expect(comparedByPostgres(ordered[index] as LockKey, next)).toBeLessThan(0)
      }
    }),
  )
})

test('advisoryLockKey is a fixed function, so that all versions and nodes agree', () => {
  expect(advisoryLockKey({ tenantId: 'acme', kind: 'account', id: 'acc_1' })).toMatchInlineSnapshot(
    `1869538390549061301n`,
  )
})

test('law: the lock number fits a signed bigint and keeps the parts apart', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const number = advisoryLockKey(a)
      expect(BigInt.asIntN(64, number)).toBe(number)
      expect(number === advisoryLockKey(b)).toBe(comparedByPostgres(a, b) === 0)
    }),
  )
  const ab = advisoryLockKey({ tenantId: 'a', kind: 'b', id: '' })
  expect(ab).not.toBe(advisoryLockKey({ tenantId: 'ab', kind: '', id: '' }))
})

test('no keys, no statement', async () => {
  const tx = { execute: () => Promise.reject(new Error('not called')) }
  await expect(takeAdvisoryLocks(tx, [])).resolves.toBeUndefined()
})
