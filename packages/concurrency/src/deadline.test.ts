import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { Deadline } from './deadline.ts'

test('counts down on the clock handed in and throws the typed error once it has passed', () => {
  let nowMs = 1000
  using deadline = new Deadline({ timeoutMs: 120_000, nowMs: () => nowMs })
  expect(deadline.remainingMs()).toBe(120_000)
  nowMs = 120_999
  expect(deadline.remainingMs()).toBe(1)
  deadline.throwIfExceeded()
  nowMs = 121_000
  expect(deadline.remainingMs()).toBe(0)
  expect(() => deadline.throwIfExceeded()).toThrow(PurserError)
  expect(() => deadline.throwIfExceeded()).toThrow(
    expect.objectContaining({
      code: 'request.deadline_exceeded',
      kind: 'deadline_exceeded',
      details: { timeout_ms: '120000' },
    }),
  )
  nowMs = 500_000
  expect(deadline.remainingMs()).toBe(0)
})

test('takes the code of the caller', () => {
  const deadline = new Deadline({ timeoutMs: 0, code: 'billing.run_deadline_exceeded' })
  expect(() => deadline.throwIfExceeded()).toThrow(
    expect.objectContaining({ code: 'billing.run_deadline_exceeded' }),
  )
})

test('aborts its signal with the same error', async () => {
  using deadline = new Deadline({ timeoutMs: 1 })
  await new Promise((resolve) => {
    // The deadline's own timer is unref'd: this one keeps the process waiting for it.
    const alive = setInterval(() => {}, 1000)
    deadline.signal.addEventListener('abort', () => resolve(clearInterval(alive)))
  })
  expect(deadline.signal.reason).toMatchObject({ code: 'request.deadline_exceeded' })
  expect(() => deadline.throwIfExceeded()).toThrow()
})

test('the clock decides, not the timer: the signal waits until the clock agrees', async () => {
  let nowMs = 0
  let asked = 0
  const clock = (): number => {
    asked += 1
    if (asked > 4) nowMs = 2
    return nowMs
  }
  using deadline = new Deadline({ timeoutMs: 2, nowMs: clock })
  expect(deadline.signal.aborted).toBe(false)
  const alive = setInterval(() => {}, 1000)
  await new Promise((resolve) => deadline.signal.addEventListener('abort', resolve))
  clearInterval(alive)
  expect(asked).toBeGreaterThan(4)
})

test('a deadline of 0 ms has passed from the start, one of a year does not overflow the timer', () => {
  expect(new Deadline({ timeoutMs: 0 }).signal.aborted).toBe(true)
  using year = new Deadline({ timeoutMs: 365 * 86_400_000 })
  expect(year.signal.aborted).toBe(false)
})
