import { Decimal } from '@purser/kernel'
import fc from 'fast-check'
import type { Tier } from './price.ts'

/** A tier in whole numbers beside the engine's own, for references that share no code with it. */
export type WholeTier = { upTo: number | null; unit: bigint; flat: bigint; tier: Tier }

export function int(value: number): Decimal {
  return Decimal.fromBigInt(BigInt(value))
}

export function tier(upTo: string | null, unitAmount: string, flatAmount: string): Tier {
  return {
    upTo: upTo === null ? null : Decimal.parse(upTo),
    unitAmount: Decimal.parse(unitAmount),
    flatAmount: Decimal.parse(flatAmount),
  }
}

const hundredths = fc.bigInt({ min: 0n, max: 500n })

/** One to five tiers with whole bounds; amounts in hundredths, the last tier open. */
export const integerTiers: fc.Arbitrary<WholeTier[]> = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 25 }), unit: hundredths, flat: hundredths }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((drawn) => {
    let bound = 0
    return drawn.map(({ size, unit, flat }, index) => {
      bound += size
      const upTo = index === drawn.length - 1 ? null : bound
      const engine: Tier = {
        upTo: upTo === null ? null : int(upTo),
        unitAmount: Decimal.fromBigInt(unit, 2),
        flatAmount: Decimal.fromBigInt(flat, 2),
      }
      return { upTo, unit, flat, tier: engine }
    })
  })

/** The quantities of one to six slices, with two decimals, zeros among them. */
export const splits: fc.Arbitrary<Decimal[]> = fc.array(
  fc.oneof(fc.constant(0), fc.nat(5_000)).map((n) => Decimal.fromBigInt(BigInt(n), 2)),
  { minLength: 1, maxLength: 6 },
)
