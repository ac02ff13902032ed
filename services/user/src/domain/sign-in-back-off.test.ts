import { describe, expect, test } from 'vitest'
import { countFailure, type FailureScope, secondsBlocked } from './sign-in-back-off.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
const none = { failures: 0, blockedUntil: now, failedAt: now }

/** Seconds that each of so many failures in a row blocks for. */
function blocks(scope: FailureScope, count: number): number[] {
  let state = none
  return Array.from({ length: count }, () => {
    state = countFailure(scope, state, now)
    return secondsBlocked(state, now)
  })
}

describe('failures', () => {
  test('of an e-mail address: 5 are free, then it doubles up to 15 minutes', () => {
    const beyond = [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    expect(blocks('email', 16)).toEqual([0, 0, 0, 0, 0, ...beyond])
  })

  test('of a network address: 20 are free', () => {
    expect(blocks('address', 22)).toEqual([...Array(20).fill(0), 2, 4])
  })

  test('of a second factor, and mails that are asked for: 5 are free', () => {
    expect(blocks('second_factor', 7)).toEqual([...Array(5).fill(0), 2, 4])
    expect(blocks('mail', 7)).toEqual([...Array(5).fill(0), 2, 4])
  })

  test('however many, never block for longer', () => {
    const state = countFailure('email', { ...none, failures: 2_000_000 }, now)
    expect(secondsBlocked(state, now)).toBe(900)
  })

  test('are forgotten after a day without one', () => {
    const old = { ...none, failures: 9 }
    const dayLater = now.add({ hours: 24 })
    expect(countFailure('email', old, dayLater.subtract({ nanoseconds: 1 })).failures).toBe(10)
    expect(countFailure('email', old, dayLater).failures).toBe(1)
  })
})

test('the wait is rounded up and over at its end', () => {
  const blocked = { ...none, blockedUntil: now.add({ seconds: 2 }) }
  expect(secondsBlocked(blocked, now.add({ nanoseconds: 1 }))).toBe(2)
  expect(secondsBlocked(blocked, now.add({ milliseconds: 1_999 }))).toBe(1)
  expect(secondsBlocked(blocked, now.add({ seconds: 2 }))).toBe(0)
  expect(secondsBlocked(blocked, now.add({ seconds: 3 }))).toBe(0)
})
