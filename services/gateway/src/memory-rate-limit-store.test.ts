import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryRateLimitStore } from './memory-rate-limit-store.ts'

const size = { capacity: 2, refillPerSecond: 1 }

describe('a bucket', () => {
  test('gives what it holds, and what came back', () => {
    const store = new MemoryRateLimitStore()
    const take = (nowMs: number, cost = 1) => store.take('a', size, cost, nowMs)
    const ok = { allowed: true, retryAfterSeconds: 0 }
    expect(take(0)).toEqual({ ...ok, remaining: 1, resetSeconds: 1 })
    expect(take(0, 0)).toEqual({ ...ok, remaining: 1, resetSeconds: 1 })
    expect(take(0)).toEqual({ ...ok, remaining: 0, resetSeconds: 2 })
    const refused = { allowed: false, remaining: 0 }
    expect(take(0)).toEqual({ ...refused, resetSeconds: 2, retryAfterSeconds: 1 })
    expect(take(0, 0)).toEqual({ ...refused, resetSeconds: 2, retryAfterSeconds: 1 })
    expect(take(0, 2)).toEqual({ ...refused, resetSeconds: 2, retryAfterSeconds: 2 })
    expect(take(1_000)).toEqual({ ...ok, remaining: 0, resetSeconds: 2 })
    expect(take(60_000)).toEqual({ ...ok, remaining: 1, resetSeconds: 1 })
  })

  test('never gives more than it holds and what came back, whatever the pace', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 200 })
    const capacities = fc.integer({ min: 1, max: 50 })
    fc.assert(
      fc.property(capacities, pauses, (capacity, pausesMs) => {
        const store = new MemoryRateLimitStore()
        let nowMs = 0
        let given = 0
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs
          const bucket = { capacity, refillPerSecond: capacity / 60 }
          if (store.take('a', bucket, 1, nowMs).allowed) given += 1
        }
        expect(given).toBeLessThanOrEqual(capacity + (nowMs * capacity) / 60_000 + 1e-3)
      }),
    )
  })
})

describe('without room', () => {
  test('full buckets are dropped, others stay as they are', () => {
    const store = new MemoryRateLimitStore({ maxBuckets: 2 })
    store.take('spent', size, 2, 0)
    store.take('b', size, 1, 0)
    expect(store.take('c', size, 1, 1_000).allowed).toBe(true)
    expect(store.size).toBe(2)
    expect(store.take('spent', size, 2, 1_000).allowed).toBe(false)
  })

  test('new keys share a bucket, so that filling the store forgives nobody', () => {
    const store = new MemoryRateLimitStore({ maxBuckets: 2 })
    store.take('spent', size, 2, 0)
    store.take('b', size, 2, 0)
    const flood = Array.from(
      { length: 100 },
      (_, n) => store.take(`flood-${n}`, size, 1, 0).allowed,
    )
    expect(flood.filter((allowed) => allowed)).toHaveLength(2)
    expect(store.take('spent', size, 1, 0).allowed).toBe(false)
    expect(store.size).toBe(3)
  })
})
