import { expect, test } from 'vitest'
import { LeaseSize } from './lease-size.ts'

test('leases grow while they are used up, follow the use otherwise, and stay in their bounds', () => {
  const size = new LeaseSize(1_000)
  const asked: number[] = []
  for (let round = 0; round < 8; round += 1) {
    const units = size.next(0)
    asked.push(units)
    size.granted(units)
    size.use(units)
  }
  expect(asked).toEqual([16, 32, 64, 128, 256, 512, 1_000, 1_000])
  size.granted(1_000)
  size.use(100)
  expect(size.next(0)).toBe(200)
  expect(size.next(700)).toBe(700)
  size.granted(1_000)
  expect(size.next(0)).toBe(16)
  expect(size.next(5_000)).toBe(1_000)
  expect(new LeaseSize(4).next(0)).toBe(4)
})
