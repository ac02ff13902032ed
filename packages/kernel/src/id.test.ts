import { expect, test, vi } from 'vitest'
import { newId } from './id.ts'

/** The 130 bits behind an id's prefix. */
function numberOf(id: string): bigint {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const digits = id.slice(id.indexOf('_') + 1).split('')
  return digits.reduce((sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)), 0n)
}

test('an id is its prefix and 26 digits', () => {
  expect(newId('inv')).toMatch(/^inv_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
})

test('ids are unlike and sort in the order of their making', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('sub'))
  expect(new Set(ids).size).toBe(ids.length)
  expect([...ids].sort()).toEqual(ids)
})

test('a burst within one millisecond stays in order and well-formed', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const ids = Array.from({ length: 10_000 }, () => newId('inv'))
    expect([...ids].sort()).toEqual(ids)
    for (const id of ids) expect((numberOf(id) >> 76n) & 0xfn).toBe(7n)
  } finally {
    vi.useRealTimers()
  }
})

test('an id carries version 7, the variant and the time', () => {
  const before = Date.now()
  const value = numberOf(newId('run'))
  expect(value >> 128n).toBe(0n)
  expect((value >> 76n) & 0xfn).toBe(7n)
  expect((value >> 62n) & 3n).toBe(2n)
  const ms = Number(value >> 80n)
  // A burst of ids may borrow milliseconds from the future; it never lies in the past.
  expect(ms).toBeGreaterThanOrEqual(before)
})

test('a prefix that would not sort or read is a bug', () => {
  expect(() => newId('x')).toThrow('prefix')
  expect(() => newId('inv_')).toThrow('prefix')
})
