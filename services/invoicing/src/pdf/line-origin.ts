import { Decimal } from '@purser/kernel'
import { z } from 'zod'
import type { InvoiceLine } from '../domain/invoice.ts'

const decimal = z.string().transform((text, issue) => {
  const value = Decimal.tryParse(text)
  if (value !== undefined) return value
  issue.addIssue('not a decimal')
  return z.NEVER
})
const optionalDecimal = decimal.nullish().transform((value) => value ?? undefined)

const priceSchema = z.object({
  model: z.string(),
  amount: optionalDecimal,
  package_size: optionalDecimal,
  units_per_price: optionalDecimal,
  tiers: z.array(z.object({ up_to: optionalDecimal, tier_cap: optionalDecimal })).default([]),
})

const breakdownSchema = z.object({
  tiers: z.array(
    z.object({
      tier: z.int(),
      quantity: decimal,
      unit_amount: decimal,
      flat_amount: decimal,
      amount: decimal,
    }),
  ),
  adjustments: z.array(z.object({ kind: z.string(), amount: decimal })).default([]),
})

/** What is printed of the price: model `flat`, `per_unit`, `graduated`, `volume` or `package`. */
export type PrintedPrice = z.infer<typeof priceSchema>

/** What is printed of how the amount follows; amounts in major units, `tier` from 1. */
export type PrintedBreakdown = z.infer<typeof breakdownSchema>

/**
 * The price of a line and how its amount follows, or undefined when one was written in another
 * form.
 */
export function readOrigin(
  line: InvoiceLine,
): { price: PrintedPrice; breakdown: PrintedBreakdown } | undefined {
  const price = priceSchema.safeParse(JSON.parse(line.priceJson))
  const breakdown = breakdownSchema.safeParse(JSON.parse(line.breakdownJson))
  if (!price.success || !breakdown.success) return undefined
  return { price: price.data, breakdown: breakdown.data }
}
