import { expect, test } from 'vitest'
import { allEnded } from './all-ended.ts'

test('answers in order', async () => {
  expect(await allEnded([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2])
})

test('throws the first failure only when all have ended', async () => {
  const slow = Promise.withResolvers<void>()
  let hasThrown = false
  const all = allEnded([slow.promise, Promise.reject(new Error('early'))]).catch((error) => {
    hasThrown = true
    throw error
  })
  await new Promise(setImmediate)
  expect(hasThrown).toBe(false)
  slow.reject(new Error('first'))
  await expect(all).rejects.toThrow('first')
})
