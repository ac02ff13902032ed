import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ShopMemory } from './shop-memory.ts'

const NOW = Temporal.Instant.from('2026-02-15T12:00:00Z')
let reads: number

beforeEach(() => {
  reads = 0
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => vi.useRealTimers())

const ask = (memory: ShopMemory, { key = 'list', tenantId = 'acme', now = NOW } = {}) =>
  memory.recall({ tenantId, key, now }, async () => {
    reads += 1
    return reads
  })

test('an answer is given again for less than a second of real time', async () => {
  const memory = new ShopMemory()
  expect(await ask(memory)).toBe(1)
  vi.advanceTimersByTime(999)
  expect(await ask(memory)).toBe(1)
  vi.advanceTimersByTime(1)
  expect(await ask(memory)).toBe(2)
})

test('it is given again for less than a second of the clock that dates prices, and never to the past', async () => {
  const memory = new ShopMemory()
  await ask(memory)
  expect(await ask(memory, { now: NOW.add({ milliseconds: 999 }) })).toBe(1)
  expect(await ask(memory, { now: NOW.add({ seconds: 1 }) })).toBe(2)
  expect(await ask(memory)).toBe(3)
})

test('tenants and questions are kept apart, and one tenant is forgotten alone', async () => {
  const memory = new ShopMemory()
  await ask(memory)
  expect(await ask(memory, { key: 'other' })).toBe(2)
  expect(await ask(memory, { tenantId: 'globex' })).toBe(3)
  memory.forget('acme')
  expect(await ask(memory)).toBe(4)
  expect(await ask(memory, { tenantId: 'globex' })).toBe(3)
})

test('calls at once share one reading; a call after a change does not wait for one from before', async () => {
  const memory = new ShopMemory()
  const slow = Promise.withResolvers<string>()
  const first = memory.recall({ tenantId: 'acme', key: 'list', now: NOW }, () => slow.promise)
  const second = memory.recall({ tenantId: 'acme', key: 'list', now: NOW }, async () => 'unused')
  memory.forget('acme')
  expect(await ask(memory)).toBe(1)
  slow.resolve('before')
  expect(await Promise.all([first, second])).toEqual(['before', 'before'])
  expect(await ask(memory)).toBe(1)
})

test('a failure is told to those who waited for it and not kept', async () => {
  const memory = new ShopMemory()
  const fail = () =>
    memory.recall({ tenantId: 'acme', key: 'list', now: NOW }, () =>
      Promise.reject(new Error('no')),
    )
  const settled = await Promise.allSettled([fail(), fail()])
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await ask(memory)).toBe(1)
})

test('however many questions are asked, it keeps a bounded number of answers', async () => {
  const memory = new ShopMemory()
  for (let index = 0; index < 501; index += 1) await ask(memory, { key: `q-${index}` })
  expect(await ask(memory, { key: 'q-500' })).toBe(501)
  expect(await ask(memory, { key: 'q-0' })).toBe(502)
})
