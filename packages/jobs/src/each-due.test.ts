import { createLogger, silentLogger } from '@purser/runtime'
import { expect, test } from 'vitest'
import { eachDue } from './each-due.ts'

const due = Array.from({ length: 30 }, (_, id) => ({ id }))
const { signal } = new AbortController()

test('each is worked on once, at most 8 at the same time', async () => {
  const seen: number[] = []
  let inside = 0
  let most = 0
  await eachDue(due, { signal, log: silentLogger, complaint: '' }, async ({ id }) => {
    seen.push(id)
    most = Math.max(most, (inside += 1))
    await new Promise((resolve) => setTimeout(resolve, 1))
    inside -= 1
  })
  expect(seen).toEqual(due.map(({ id }) => id))
  expect(most).toBe(8)
})

test('one that fails is named in the log, and keeps nobody waiting', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'error', name: 'jobs', destination })
  let done = 0
  await eachDue(due, { signal, log, complaint: 'it went wrong' }, async ({ id }) => {
    if (id === 3) throw new RangeError('no')
    done += 1
  })
  expect(done).toBe(29)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ id: 3, msg: 'it went wrong' }])
})

test('none begins once the job should end', async () => {
  const stopping = new AbortController()
  const seen: number[] = []
  const working = eachDue(
    due,
    { signal: stopping.signal, log: silentLogger, complaint: '' },
    async ({ id }) => {
      seen.push(id)
      await Promise.resolve()
      stopping.abort(new Error('the end'))
    },
  )
  await expect(working).rejects.toThrow('the end')
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})
