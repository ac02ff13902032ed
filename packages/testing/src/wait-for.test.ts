import { expect, test } from 'vitest'
import { waitFor } from './wait-for.ts'

test('waits until the condition holds and returns what it answered', async () => {
  let asked = 0
  const answer = await waitFor(async () => (++asked < 3 ? undefined : 'third'))
  expect(answer).toBe('third')
})

test('gives up with what the condition threw last, or says that it never held', async () => {
  const failing = waitFor(() => Promise.reject(new Error('not yet')), { timeoutMs: 30 })
  await expect(failing).rejects.toThrow('not yet')
  await expect(waitFor(() => false, { timeoutMs: 30 })).rejects.toThrow(/did not become true/)
})
