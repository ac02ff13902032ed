import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { departure, Lease } from './lease.ts'

/** Clocks of a node at some true moment: one may stand still in sleep, the other may be put back or ahead. */
function skewed(trueMs: () => number, { sleptMs, wallMs }: { sleptMs: number; wallMs: number }) {
  return { monotonicMs: () => trueMs() - sleptMs, wallMs: () => trueMs() + wallMs }
}

const ms = (max: number) => fc.integer({ min: 0, max })

describe('a lease', () => {
  test('is never used after its end at the service, whatever the network and one clock do', () => {
    const skews = fc.oneof(
      fc.record({ sleptMs: ms(100_000), wallMs: fc.constant(0) }),
      fc.record({ sleptMs: fc.constant(0), wallMs: fc.integer({ min: -1e9, max: 1e9 }) }),
    )
    fc.assert(
      fc.property(
        ms(5_000),
        ms(5_000),
        ms(30_000),
        ms(60_000),
        skews,
        (there, back, life, after, skew) => {
          let nowMs = 1e6
          let later = { sleptMs: 0, wallMs: 0 }
          const clock = {
            monotonicMs: () => skewed(() => nowMs, later).monotonicMs(),
            wallMs: () => skewed(() => nowMs, later).wallMs(),
          }
          const left = departure(clock)
          const trueEndMs = nowMs + there + life
          nowMs += there + back
          const lease = new Lease({ id: 'l', quantity: 5, expiresInMs: life }, { left, clock })
          // The node sleeps, or somebody sets its clock.
          later = skew
          nowMs += after
          const units = lease.leftAt(clock.monotonicMs())
          expect(nowMs >= trueEndMs ? units : 0).toBe(0)
        },
      ),
    )
  })

  test('serves until shortly before its end', () => {
    let nowMs = 0
    const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs }
    const lease = new Lease(
      { id: 'l', quantity: 5, expiresInMs: 10_000 },
      { left: departure(clock), clock },
    )
    nowMs = 9_900
    expect(lease.leftAt(nowMs)).toBe(5)
    nowMs = 9_999
    expect(lease.leftAt(nowMs)).toBe(0)
    nowMs = 1
    expect(lease.leftAt(nowMs)).toBe(0)
  })

  test('numbers its reports, and returns under one number however often', () => {
    const clock = { monotonicMs: () => 0, wallMs: () => 0 }
    const lease = new Lease(
      { id: 'l', quantity: 5, expiresInMs: 1_000 },
      { left: departure(clock), clock },
    )
    lease.use(2)
    expect(lease.report(false)).toEqual({ lease_id: 'l', sequence: 1, used_quantity: 2 })
    lease.use(1)
    lease.wasReported(2)
    expect(lease.unreported).toBe(1)
    const last = { lease_id: 'l', sequence: 2, used_quantity: 3 }
    expect([lease.report(true), lease.report(true)]).toEqual([last, last])
    expect(lease.leftAt(0)).toBe(0)
  })
})
