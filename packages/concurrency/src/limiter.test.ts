import { isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Limiter } from './limiter.ts'

/** Lets every promise reaction that is due run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A work that says when it started and ends when told to. */
function gate(): { work: () => Promise<void>; started: () => boolean; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let started = false
  const work = (): Promise<void> => {
    started = true
    return promise
  }
  return { work, started: () => started, open: resolve }
}

describe('go', () => {
  test('at most maxWorkers run at once, whatever the lengths of the works', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 }),
        async (maxWorkers, turns) => {
          const limiter = new Limiter({ maxWorkers, maxDbJobs: 1 })
          let inside = 0
          let most = 0
          const works = turns.map((count) =>
            limiter.go(async () => {
              most = Math.max(most, (inside += 1))
              for (let i = 0; i < count; i += 1) await turn()
              inside -= 1
            }),
          )
          await Promise.all(works)
          expect(most).toBe(Math.min(maxWorkers, turns.length))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('is fair: works start in the order of the calls, and nobody overtakes', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const order: number[] = []
    const works = [1, 2, 3].map((n) => limiter.go(async () => void order.push(n)))
    await works[0]
    works.push(limiter.go(async () => void order.push(4)))
    await Promise.all(works)
    expect(order).toEqual([1, 2, 3, 4])
  })

  test('returns the result and frees the worker of a failing work', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const failing = limiter.go(() => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await limiter.go(async () => 42)).toBe(42)
    expect(limiter.stats()).toEqual({
      running: 0,
      queued: 0,
      inSection: 0,
      awaitingSection: 0,
      completed: 1,
      failed: 1,
    })
  })

  test('refuses more waiting works than maxQueued', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1, maxQueued: 1 })
    const first = gate()
    const running = limiter.go(first.work)
    const queued = limiter.go(async () => 'queued')
    const refused = await limiter.go(async () => 'refused').catch((error: unknown) => error)
    expect(isPurserError(refused) && refused.code).toBe('platform.overloaded')
    first.open()
    await running
    expect(await queued).toBe('queued')
  })

  test('maxQueued 0 still admits a work to a free worker', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1, maxQueued: 0 })
    expect(await limiter.go(async () => 'ran')).toBe('ran')
  })

  test('a signal takes a waiting work out of the queue, and only that one', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const first = gate()
    const dropped = gate()
    const abort = new AbortController()
    const running = limiter.go(first.work)
    const waiting = limiter.go(dropped.work, abort.signal)
    const behind = limiter.go(async () => 'behind')
    abort.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    first.open()
    await running
    expect(await behind).toBe('behind')
    expect(dropped.started()).toBe(false)
  })
})

describe('do', () => {
  test('at most maxDbJobs are inside, in works and outside of them', async () => {
    const limiter = new Limiter({ maxWorkers: 8, maxDbJobs: 2 })
    let inside = 0
    let most = 0
    const section = async (): Promise<void> => {
      most = Math.max(most, (inside += 1))
      await turn()
      inside -= 1
    }
    const works = Array.from({ length: 8 }, () => limiter.go(() => limiter.do(section)))
    await Promise.all([...works, limiter.do(section), limiter.do(section)])
    expect(most).toBe(2)
  })
})

describe('the rule: a section inside a worker, nothing else nested', () => {
  const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
  const nothing = async (): Promise<void> => {}

  test.each([
    ['go inside go', () => limiter.go(() => limiter.go(nothing))],
    ['go inside do', () => limiter.do(() => limiter.go(nothing))],
    ['do inside do', () => limiter.do(() => limiter.do(nothing))],
    ['go inside do inside go', () => limiter.go(() => limiter.do(() => limiter.go(nothing)))],
  ])('%s fails at once instead of waiting for itself', async (_name, nested) => {
    await expect(nested()).rejects.toThrow('could wait for itself')
    expect(limiter.stats()).toMatchObject({ running: 0, queued: 0, inSection: 0 })
  })

  test('a section may follow a section, and code that outlives its work may go again', async () => {
    let later: Promise<string> | undefined
    await limiter.go(async () => {
      await limiter.do(nothing)
      await limiter.do(nothing)
      later = turn().then(() => limiter.go(async () => 'free again'))
    })
    expect(await later).toBe('free again')
  })

  test('another limiter is another matter', async () => {
    const other = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    expect(await limiter.go(() => other.go(async () => 'ran'))).toBe('ran')
  })
})

test('settle waits for works and sections and never rejects', async () => {
  const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
  const first = gate()
  const works = [limiter.go(first.work), limiter.go(() => Promise.reject(new Error('no')))]
  const ended = Promise.allSettled(works)
  let settled = false
  const settling = limiter.settle().then(() => (settled = true))
  await turn()
  expect(settled).toBe(false)
  first.open()
  await settling
  expect((await ended).map((end) => end.status)).toEqual(['fulfilled', 'rejected'])
  await limiter.settle()
})

test.each([
  { maxWorkers: 0, maxDbJobs: 1 },
  { maxWorkers: 1, maxDbJobs: 0 },
  { maxWorkers: 1.5, maxDbJobs: 1 },
  { maxWorkers: 1, maxDbJobs: 1, maxQueued: -1 },
])('refuses the bounds %o', (options) => {
  expect(() => new Limiter(options)).toThrow()
})
