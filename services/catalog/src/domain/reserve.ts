import type { Dimensions, FieldViolation } from '@purser/kernel'
import type { StockPolicy } from './product.ts'
import type { ReservedLine } from './reservation.ts'
import { availableOf, type StockLevel } from './stock-level.ts'
import type { StockWork } from './stock-work.ts'

/** What is asked for. */
export type WantedLine = { variantId: string; quantity: number }

/** A variant as it is sold at this moment, in the currency and list asked for. */
export type Offer = {
  variantId: string
  productId: string
  sku: string
  title: string
  slug: string
  imageUrl: string
  optionValues: readonly string[]
  weightGrams: number
  requiresShipping: boolean
  dimensions?: Dimensions
  taxCategory: string
  stockPolicy: StockPolicy
  /** Whether it is in the shop at this moment. */
  forSale: boolean
  unitMinor: number | undefined
  compareAtMinor: number | undefined
}

type RefusalCode = 'catalog.not_for_sale' | 'catalog.price_missing' | 'catalog.out_of_stock'

/** Either the lines as they are reserved, or why nothing is. */
export type ReserveOutcome =
  | { kind: 'reserved'; lines: ReservedLine[] }
  | { kind: 'refused'; code: RefusalCode; fields: FieldViolation[] }

/**
 * Reserves every line in `work`, or nothing. Refusals are judged in the order of `RefusalCode`, each
 * over all lines. Units are taken from the locations in the order of `places`, which are locked.
 */
export function reserveLines(
  work: StockWork,
  wanted: readonly WantedLine[],
  known: {
    offers: ReadonlyMap<string, Offer>
    /** Locations of each variant in the order to take from. */
    places: ReadonlyMap<string, readonly string[]>
    reservationId: string
  },
): ReserveOutcome {
  const judge = (
    code: RefusalCode,
    message: string,
    isWrong: (offer: Offer | undefined) => boolean,
  ) => refusalOf(code, message, wanted, (line) => isWrong(known.offers.get(line.variantId)))
  const unsold = judge('catalog.not_for_sale', 'is not for sale', (offer) => !offer?.forSale)
  if (unsold) return unsold
  const unpriced = judge(
    'catalog.price_missing',
    'has no price in the currency',
    (offer) => offer?.unitMinor === undefined,
  )
  if (unpriced) return unpriced
  const levelsOf = (line: WantedLine) =>
    (known.places.get(line.variantId) ?? []).map((locationId) =>
      work.level({ variantId: line.variantId, locationId }),
    )
  const short = refusalOf('catalog.out_of_stock', 'is out of stock', wanted, (line) => {
    const offer = known.offers.get(line.variantId)
    return offer !== undefined && !hasRoom(offer, levelsOf(line), line.quantity)
  })
  if (short) return short
  const lines = wanted.map((line) => {
    const offer = known.offers.get(line.variantId) as Offer
    return toReservedLine(offer, line, take(work, offer, line, levelsOf(line), known.reservationId))
  })
  return { kind: 'reserved', lines }
}

function refusalOf(
  code: RefusalCode,
  message: string,
  wanted: readonly WantedLine[],
  isWrong: (line: WantedLine) => boolean,
): ReserveOutcome | undefined {
  const fields = wanted.flatMap((line, index) =>
    isWrong(line)
      ? [{ field: `lines[${index}].variant_id`, message: `${line.variantId} ${message}` }]
      : [],
  )
  return fields.length === 0 ? undefined : { kind: 'refused', code, fields }
}

/** Beyond what is there, a level has to carry what is promised. */
function hasRoom(offer: Offer, levels: readonly StockLevel[], quantity: number): boolean {
  if (offer.stockPolicy === 'untracked') return true
  if (offer.stockPolicy !== 'deny') return levels.length > 0
  const available = levels.reduce((sum, level) => sum + availableOf(level), 0n)
  return available >= BigInt(quantity)
}

function take(
  work: StockWork,
  { stockPolicy }: Offer,
  { variantId, quantity }: WantedLine,
  levels: readonly StockLevel[],
  reservationId: string,
): ReservedLine['locations'] {
  if (stockPolicy === 'untracked') return []
  const parts = new Map<string, { quantity: number; backordered: number }>()
  let missing = quantity
  for (const level of levels) {
    const units = Math.min(missing, Number(availableOf(level)))
    if (units > 0) parts.set(level.locationId, { quantity: units, backordered: 0 })
    missing -= units
  }
  const [first] = levels
  if (missing > 0 && first) {
    const part = parts.get(first.locationId) ?? { quantity: 0, backordered: 0 }
    parts.set(first.locationId, { ...part, backordered: missing })
  }
  return [...parts].map(([locationId, part]) => {
    const reserved = BigInt(part.quantity)
    const change = { onHand: 0n, reserved, backordered: BigInt(part.backordered), owed: 0n }
    work.move({ variantId, locationId }, change, { kind: 'reserved', reservationId })
    return { locationId, ...part }
  })
}

function toReservedLine(
  offer: Offer,
  { quantity }: WantedLine,
  locations: ReservedLine['locations'],
): ReservedLine {
  const { stockPolicy: _policy, forSale: _forSale, unitMinor = 0, compareAtMinor, ...told } = offer
  const listMinor =
    compareAtMinor !== undefined && compareAtMinor > unitMinor ? compareAtMinor : undefined
  return { ...told, quantity, unitMinor, listMinor, locations }
}
