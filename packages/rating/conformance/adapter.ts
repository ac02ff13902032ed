import type { RatingPolicy } from '../src/policy.ts'

/** What an adapter gets: the case's inputs, the policy it names, and its currency (USD where it names none). */
export type AdapterInput = {
  inputs: Readonly<Record<string, unknown>>
  policy: RatingPolicy
  currency: string
}

/**
 * Puts one case to the engine and returns what came out, in the shape of the case's `expected`. It translates
 * and holds no pricing rule of its own. `amount` is exact; the comparison rounds it. Throws `UnsupportedCase`.
 */
export type Adapter = (input: AdapterInput) => Readonly<Record<string, unknown>>
