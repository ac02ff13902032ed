import { expect, test } from 'vitest'
import { Throughput } from './throughput.ts'

test('counts over the clock handed in and stops at finish', () => {
  let nowMs = 500
  const throughput = new Throughput(() => nowMs)
  expect(throughput.stats()).toEqual({ count: 0, elapsedMs: 0, perSecond: 0 })
  throughput.add()
  throughput.add(2999)
  expect(throughput.perSecond).toBe(0)
  nowMs = 2000
  expect(throughput.stats()).toEqual({ count: 3000, elapsedMs: 1500, perSecond: 2000 })
  throughput.finish()
  nowMs = 9000
  throughput.finish()
  expect(throughput.elapsedMs).toBe(1500)
  expect(throughput.perSecond).toBe(2000)
  expect(throughput.count).toBe(3000)
})

test('runs on the machine clock by default', () => {
  const throughput = new Throughput()
  throughput.add(1)
  const firstMs = throughput.elapsedMs
  expect(firstMs).toBeGreaterThanOrEqual(0)
  expect(throughput.elapsedMs).toBeGreaterThanOrEqual(firstMs)
})
