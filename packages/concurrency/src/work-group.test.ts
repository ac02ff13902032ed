import { describe, expect, test } from 'vitest'
import { Limiter } from './limiter.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('go and settle', () => {
  test('the first error stops the rest: queued works never start, running ones see the signal', async () => {
    const limiter = new Limiter({ maxWorkers: 2, maxDbJobs: 1 })
    const group = limiter.group()
    let started = 0
    let seen: unknown
    void group.go(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen = signal.reason
    })
    void group.go(() => Promise.reject(new Error('first')))
    const dropped = group.go(async () => void (started += 1))
    await expect(group.settle()).rejects.toThrow('first')
    await expect(dropped).rejects.toThrow('first')
    expect(started).toBe(0)
    expect(seen).toMatchObject({ message: 'first' })
  })

  test('other works of the limiter are not touched', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const group = limiter.group()
    void group.go(() => Promise.reject(new Error('first')))
    const other = limiter.go(async () => 'untouched')
    await expect(group.settle()).rejects.toThrow('first')
    expect(await other).toBe('untouched')
  })

  test('without abortOnError every work runs and the first error is thrown at the end', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const group = limiter.group({ abortOnError: false })
    const done: number[] = []
    void group.go(() => Promise.reject(new Error('first')))
    void group.go(() => Promise.reject(new Error('second')))
    void group.go(async () => void done.push(3))
    await expect(group.settle()).rejects.toThrow('first')
    expect(done).toEqual([3])
  })

  test('a signal from outside ends the group with its reason', async () => {
    const limiter = new Limiter({ maxWorkers: 1, maxDbJobs: 1 })
    const outside = new AbortController()
    const group = limiter.group({ signal: outside.signal })
    let started = 0
    void group.go(async () => {
      started += 1
      outside.abort(new Error('too late'))
    })
    void group.go(async () => void (started += 1))
    await expect(group.settle()).rejects.toThrow('too late')
    expect(started).toBe(1)
  })

  test('settle of a group that did all its work resolves', async () => {
    const group = new Limiter({ maxWorkers: 3, maxDbJobs: 1 }).group()
    expect(await group.go(async () => 1)).toBe(1)
    await group.settle()
    expect(group.signal.aborted).toBe(false)
  })
})

describe('each', () => {
  test('reads the source only as fast as the works end', async () => {
    const group = new Limiter({ maxWorkers: 2, maxDbJobs: 1 }).group()
    let read = 0
    let worked = 0
    let furthest = 0
    function* source(): Generator<number> {
      for (; read < 100; read += 1) {
        furthest = Math.max(furthest, read - worked)
        yield read
      }
    }
    await group.each(source(), 4, async () => {
      await turn()
      worked += 1
    })
    expect(worked).toBe(100)
    expect(furthest).toBeLessThanOrEqual(4)
  })

  test('stops reading at the first error, closes the source and throws the error', async () => {
    const group = new Limiter({ maxWorkers: 1, maxDbJobs: 1 }).group()
    let read = 0
    let closed = false
    async function* source(): AsyncGenerator<number> {
      try {
        for (;;) yield (read += 1)
      } finally {
        closed = true
      }
    }
    const running = group.each(source(), 2, async (n) => {
      if (n === 3) throw new Error(`item ${n}`)
    })
    await expect(running).rejects.toThrow('item 3')
    expect(closed).toBe(true)
    expect(read).toBeLessThan(8)
  })

  test('an error of the source waits for the running works and is thrown', async () => {
    const group = new Limiter({ maxWorkers: 2, maxDbJobs: 1 }).group({ abortOnError: false })
    let ended = 0
    function* source(): Generator<number> {
      yield 1
      throw new Error('source broke')
    }
    const running = group.each(source(), 2, async () => {
      await turn()
      ended += 1
    })
    await expect(running).rejects.toThrow('source broke')
    expect(ended).toBe(1)
  })
})
