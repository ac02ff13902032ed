import type { FieldViolation } from '@purser/kernel'
import type { HeldUnits } from './reservation.ts'
import { inflow } from './stock-level.ts'
import type { StockWork } from './stock-work.ts'
import type { WantedLine } from './reserve.ts'

/** Units that came back to where they were taken from, by the lines of the order. */
export type ReturnedUnits = HeldUnits & { returned: bigint }

/**
 * Puts back units of an order, to the locations from which they were sold. Answers the violations when
 * more comes back than was taken and is not back yet.
 */
export function putBack(
  work: StockWork,
  lines: readonly WantedLine[],
  { sold, orderId }: { sold: readonly HeldUnits[]; orderId: string },
): { returned: ReturnedUnits[]; violations: FieldViolation[] } {
  const returned: ReturnedUnits[] = []
  const violations: FieldViolation[] = []
  for (const [index, { variantId, quantity }] of lines.entries()) {
    let missing = BigInt(quantity)
    for (const units of sold) {
      if (units.variantId !== variantId || missing === 0n) continue
      const open = units.quantity + units.backordered - units.restocked
      const part = open < missing ? open : missing
      if (part > 0n) returned.push({ ...units, returned: part })
      missing -= part
    }
    if (missing > 0n) {
      const message = `the order did not take ${missing} of these units`
      violations.push({ field: `lines[${index}].quantity`, message })
    }
  }
  if (violations.length > 0) return { returned: [], violations }
  for (const units of returned) {
    if (units.locationId === '') continue
    const { reservationId } = units
    const entry = { kind: 'returned', reservationId, orderId } as const
    work.move(units, inflow(work.level(units), units.returned), entry)
  }
  return { returned, violations }
}
