import { expect, test } from 'vitest'
import type { Refusal } from './decision.ts'
import { RefusalMemory } from './refusal-memory.ts'

function refusal(retryAfterSeconds: number | undefined): Refusal {
  const standing = { limitKey: 'rate', limit: 5, remaining: 0, resetSeconds: undefined }
  return { allowed: false, reason: 'limit_exceeded', ...standing, retryAfterSeconds }
}

test('a refusal is remembered for a second at the most, with the countdown as of now', () => {
  const memory = new RefusalMemory()
  memory.remember(refusal(60), 2, 1_000)
  expect(memory.find(1, 1_000)).toBeUndefined()
  expect(memory.find(2, 1_000)).toEqual(refusal(60))
  expect(memory.find(3, 1_999)?.retryAfterSeconds).toBe(60)
  expect(memory.find(2, 2_000)).toBeUndefined()
})

test('and not until units may fit, but for a tenth of a second', () => {
  const memory = new RefusalMemory()
  memory.remember(refusal(1), 1, 0)
  expect(memory.find(1, 99)).toEqual(refusal(1))
  expect(memory.find(1, 100)).toBeUndefined()
  memory.remember(refusal(undefined), 1, 0)
  expect(memory.find(1, 999)).toEqual(refusal(undefined))
})

test('the smallest refused number of units counts, until units are admitted', () => {
  const memory = new RefusalMemory()
  memory.remember(refusal(60), 2, 0)
  memory.remember(refusal(60), 9, 10)
  expect(memory.find(2, 10)).toBeDefined()
  memory.remember(refusal(60), 1, 20)
  expect(memory.find(1, 20)).toBeDefined()
  memory.forget()
  expect(memory.find(9, 20)).toBeUndefined()
})
