import { createHash } from 'node:crypto'
import { type Dimensions, normalRegion } from '@purser/kernel'
import { normalPostalCode } from './area.ts'

/** Units of one kind. `weightGrams` and `dimensions` are of one unit, `amountMinor` of all. */
type ConsignmentLine = {
  quantity: bigint
  weightGrams: bigint
  /** Left out for what was not measured: it takes no room, as what was not weighed weighs nothing. */
  dimensions?: Dimensions
  amountMinor: bigint
}

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
export type Measures = { weight: bigint; subtotal: bigint; pieces: bigint; volume: bigint }

const CUBIC_MM_IN_CUBIC_CM = 1_000n

/**
 * Weight in grams, subtotal in minor units, pieces in units, volume in cubic centimetres, rounded up, of the whole
 * consignment. The volume is that of its pieces, however they are packed.
 */
export function measuresOf({ lines, subtotalMinor }: Consignment): Measures {
  let weight = 0n
  let pieces = 0n
  let cubicMm = 0n
  for (const { quantity, weightGrams, dimensions } of lines) {
    weight += quantity * weightGrams
    pieces += quantity
    cubicMm += quantity * cubicMmOf(dimensions)
  }
  const volume = (cubicMm + CUBIC_MM_IN_CUBIC_CM - 1n) / CUBIC_MM_IN_CUBIC_CM
  return { weight, subtotal: subtotalMinor, pieces, volume }
}

function cubicMmOf(dimensions: Dimensions | undefined): bigint {
  if (dimensions === undefined) return 0n
  const { lengthMm, widthMm, heightMm } = dimensions
  return BigInt(lengthMm) * BigInt(widthMm) * BigInt(heightMm)
}

/** The most of any piece, in millimetres; 0 where none was measured. */
export type Extent = { longestSideMm: number; lengthAndGirthMm: number }

/** How large the pieces of a consignment are: length and girth is the longest side and twice each of the others. */
export function extentOf({ lines }: Pick<Consignment, 'lines'>): Extent {
  const extent = { longestSideMm: 0, lengthAndGirthMm: 0 }
  for (const { dimensions } of lines) {
    if (dimensions === undefined) continue
    const { lengthMm, widthMm, heightMm } = dimensions
    const side = Math.max(lengthMm, widthMm, heightMm)
    const lengthAndGirth = 2 * (lengthMm + widthMm + heightMm) - side
    extent.longestSideMm = Math.max(extent.longestSideMm, side)
    extent.lengthAndGirthMm = Math.max(extent.lengthAndGirthMm, lengthAndGirth)
  }
  return extent
}

/** SHA-256 of a consignment, whatever the order of its lines and the spelling of its place. */
export function fingerprintOf(consignment: Consignment): Buffer {
  const { currency, country, region, postalCode, lines, subtotalMinor } = consignment
  const texts = lines.map(({ quantity, weightGrams, amountMinor, dimensions }) => {
    const sides = dimensions
      ? [dimensions.lengthMm, dimensions.widthMm, dimensions.heightMm].sort((a, b) => a - b)
      : []
    return [quantity, weightGrams, amountMinor, ...sides].join('/')
  })
  const place = [country, normalRegion(country, region), normalPostalCode(postalCode)]
  const content = [currency, ...place, subtotalMinor.toString(), ...texts.sort()]
  return createHash('sha256').update(JSON.stringify(content)).digest()
}
