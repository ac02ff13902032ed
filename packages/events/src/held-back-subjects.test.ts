import { expect, test } from 'vitest'
import { HeldBackSubjects } from './held-back-subjects.ts'

test('leaves a failing subject out for a doubling while and forgets it on success', () => {
  let nowMs = 5_000
  const heldBack = new HeldBackSubjects(() => nowMs)
  const both = ['invoice.ready', 'order.placed']
  expect(heldBack.admitted(both)).toEqual(both)
  const pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
  for (const pauseMs of pausesMs) {
    heldBack.hold('invoice.ready')
    nowMs += pauseMs - 1
    expect(heldBack.admitted(both)).toEqual(['order.placed'])
    nowMs += 1
    expect(heldBack.admitted(both)).toEqual(both)
  }
  heldBack.release('invoice.ready')
  heldBack.hold('invoice.ready')
  nowMs += 1_000
  expect(heldBack.admitted(both)).toEqual(both)
})
