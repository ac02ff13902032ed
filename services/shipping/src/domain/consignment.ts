import { createHash } from 'node:crypto'
import { normalRegion } from '@purser/kernel'
import { normalPostalCode } from './area.ts'

/** Units of one kind. `weightGrams` is of one unit, `amountMinor` of all. */
type ConsignmentLine = { quantity: bigint; weightGrams: bigint; amountMinor: bigint }

/** Goods and where they go, as far as the price of their delivery depends on it. */
export type Consignment = {
  currency: string
  /** ISO 3166-1 alpha-2. */
  country: string
  region: string
  postalCode: string
  lines: readonly ConsignmentLine[]
  /** What thresholds are compared with. */
  subtotalMinor: bigint
}

/** What rates go by. */
export type Measures = { weight: bigint; subtotal: bigint; pieces: bigint }

/** Weight in grams, subtotal in minor units, pieces in units, of the whole consignment. */
export function measuresOf({ lines, subtotalMinor }: Consignment): Measures {
  let weight = 0n
  let pieces = 0n
  for (const { quantity, weightGrams } of lines) {
    weight += quantity * weightGrams
    pieces += quantity
  }
  return { weight, subtotal: subtotalMinor, pieces }
}

/** SHA-256 of a consignment, whatever the order of its lines and the spelling of its place. */
export function fingerprintOf(consignment: Consignment): Buffer {
  const { currency, country, region, postalCode, lines, subtotalMinor } = consignment
  const texts = lines.map(({ quantity, weightGrams, amountMinor }) =>
    [quantity, weightGrams, amountMinor].join('/'),
  )
  const place = [country, normalRegion(country, region), normalPostalCode(postalCode)]
  const content = [currency, ...place, subtotalMinor.toString(), ...texts.sort()]
  return createHash('sha256').update(JSON.stringify(content)).digest()
}
