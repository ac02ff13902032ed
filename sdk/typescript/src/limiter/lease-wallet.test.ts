import fc from 'fast-check'
import { expect, test } from 'vitest'
import { departure, Lease } from './lease.ts'
import { LeaseWallet } from './lease-wallet.ts'

type Step =
  | { kind: 'add'; quantity: number; lifeMs: number }
  | { kind: 'take'; units: number }
  | { kind: 'pass'; ms: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      quantity: fc.integer({ min: 1, max: 20 }),
      lifeMs: fc.integer({ min: 10, max: 500 }),
    }),
    fc.record({ kind: fc.constant('take' as const), units: fc.integer({ min: 1, max: 25 }) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 200 }) }),
  ),
  { maxLength: 60 },
)

test('a wallet takes what its leases hold, all or nothing, and loses no lease', () => {
  fc.assert(
    fc.property(steps, (all) => {
      let nowMs = 0
      const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs }
      const wallet = new LeaseWallet()
      const leases: Lease[] = []
      let admitted = 0
      for (const step of all) {
        if (step.kind === 'pass') nowMs += step.ms
        if (step.kind === 'add') {
          const terms = {
            id: `l${leases.length}`,
            quantity: step.quantity,
            expiresInMs: step.lifeMs,
          }
          const lease = new Lease(terms, { left: departure(clock), clock })
          leases.push(lease)
          wallet.add(lease)
        }
        if (step.kind === 'take') {
          const there = leases.reduce((sum, lease) => sum + lease.leftAt(nowMs), 0)
          const isTaken = wallet.take(step.units, nowMs)
          expect(isTaken).toBe(there >= step.units)
          if (isTaken) admitted += step.units
        }
      }
      const used = leases.map((lease) => lease.report(false).used_quantity)
      expect(used.reduce((sum, units) => sum + units, 0)).toBe(admitted)
      leases.forEach((lease, index) => expect(used[index]).toBeLessThanOrEqual(lease.quantity))
      wallet.closeAll()
      expect(new Set(wallet.spent)).toEqual(new Set(leases))
      expect(wallet.take(1, nowMs)).toBe(false)
    }),
  )
})
