import { expect, test } from 'vitest'
import { leaseEnd } from './checkout-clock.ts'

const now = Temporal.Instant.from('2026-02-01T00:00:00Z')
const inMs = (milliseconds: number) => now.add({ milliseconds })
const leaseOf = (dueAt: Temporal.Instant | undefined) => leaseEnd({ dueAt }, now, 30_000).toString()

test('a lease is left as it is while nine tenths of it remain, and begins anew otherwise', () => {
  expect(leaseOf(inMs(30_000))).toBe(inMs(30_000).toString())
  expect(leaseOf(inMs(27_000))).toBe(inMs(27_000).toString())
  expect(leaseOf(inMs(26_999))).toBe(inMs(30_000).toString())
  expect(leaseOf(inMs(-1))).toBe(inMs(30_000).toString())
  expect(leaseOf(undefined)).toBe(inMs(30_000).toString())
})
