import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BucketSize, Take } from '../src/index.ts'

/** A store at a time that tests move; what it takes to ask it is little against a minute. */
export type StoreBed = {
  take(key: string, size: BucketSize, cost?: number): Promise<Take>
  advance(ms: number): Promise<void>
}

const MINUTE_MS = 60_000

/** Two tokens, one of which comes back a minute: a test that takes seconds changes no answer. */
const slow: BucketSize = { capacity: 2, refillPerSecond: 1 / 60 }

const ok = { allowed: true, retryAfterSeconds: 0 }
const refused = { allowed: false, remaining: 0 }

/** What every `RateLimitStore` promises. */
export function describeRateLimitStore(name: string, open: () => Promise<StoreBed>): void {
  describe(`${name}:`, () => {
    test('gives what a bucket holds, and what came back', async () => {
      const { take, advance } = await open()
      expect(await take('a', slow)).toEqual({ ...ok, remaining: 1, resetSeconds: 60 })
      expect(await take('a', slow, 0)).toMatchObject({ ...ok, remaining: 1 })
      expect(await take('a', slow)).toMatchObject({ ...ok, remaining: 0 })
      expect(await take('a', slow)).toMatchObject(refused)
      await advance(MINUTE_MS)
      expect(await take('a', slow)).toMatchObject({ ...ok, remaining: 0 })
      expect(await take('a', slow)).toMatchObject(refused)
      await advance(100 * MINUTE_MS)
      expect(await take('a', slow)).toMatchObject({ ...ok, remaining: 1 })
    })

    test('tells when the same request is allowed, and when the bucket is full', async () => {
      const { take, advance } = await open()
      await take('a', slow, 2)
      const one = await take('a', slow)
      expect(one).toMatchObject(refused)
      expect([59, 60]).toContain(one.retryAfterSeconds)
      expect([119, 120]).toContain(one.resetSeconds)
      expect([119, 120]).toContain((await take('a', slow, 2)).retryAfterSeconds)
      expect([59, 60]).toContain((await take('a', slow, 0)).retryAfterSeconds)
      await advance(one.retryAfterSeconds * 1_000)
      expect(await take('a', slow)).toMatchObject(ok)
    })

    test('takes all or none, and nothing for a cost of 0 or a refusal', async () => {
      const { take } = await open()
      expect(await take('a', slow, 3)).toMatchObject({ allowed: false, remaining: 2 })
      for (let count = 0; count < 5; count++) {
        expect(await take('a', slow, 0)).toMatchObject({ ...ok, remaining: 2 })
      }
      expect(await take('a', slow, 2)).toMatchObject({ ...ok, remaining: 0 })
      for (let count = 0; count < 5; count++) expect(await take('a', slow)).toMatchObject(refused)
      expect(await take('a', slow, 0)).toMatchObject(refused)
    })

    test('keeps keys apart, whatever is in them', async () => {
      const { take } = await open()
      const keys = ['a', 'A', 'a:b', 'a b', 'a\r\nget a', 'ą', '']
      for (const key of keys) expect(await take(key, slow, 2)).toMatchObject(ok)
      for (const key of keys) expect(await take(key, slow)).toMatchObject(refused)
    })

    test('gives exactly what a bucket holds to many at once', async () => {
      const { take } = await open()
      const size = { capacity: 100, refillPerSecond: 1 / 600 }
      const takes = await Promise.all(Array.from({ length: 1_000 }, () => take('a', size)))
      expect(takes.filter(({ allowed }) => allowed)).toHaveLength(100)
    })

    test('gives no more around the edge of a window than within it', async () => {
      const { take, advance } = await open()
      const size = { capacity: 60, refillPerSecond: 1 / 60 }
      const burst = async () => {
        const takes = await Promise.all(Array.from({ length: 120 }, () => take('a', size)))
        return takes.filter(({ allowed }) => allowed).length
      }
      expect(await burst()).toBe(60)
      await advance(59 * MINUTE_MS)
      expect(await burst()).toBe(59)
      await advance(MINUTE_MS)
      expect(await burst()).toBe(1)
    })

    test('never gives more than a bucket holds and what came back, whatever the pace', async () => {
      const pausesOf = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 })
      const { take, advance } = await open()
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 10 }), pausesOf, async (capacity, pauses) => {
          const key = `law-${++run}`
          const size = { capacity, refillPerSecond: capacity / 3_600 }
          let [elapsedMinutes, given] = [0, 0]
          for (const minutes of pauses) {
            elapsedMinutes += minutes
            await advance(minutes * MINUTE_MS)
            if ((await take(key, size)).allowed) given += 1
          }
          // A second for what the test itself takes.
          const cameBack = ((elapsedMinutes + 1 / 60) * capacity) / 60
          expect(given).toBeLessThanOrEqual(capacity + cameBack + 1e-3)
        }),
        { numRuns: 30 },
      )
    })
  })
}
