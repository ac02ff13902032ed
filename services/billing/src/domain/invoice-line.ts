import type { Decimal, Period } from '@purser/kernel'
import type { RatingPolicy } from '@purser/rating'
import type { BillingItem } from './billing-item.ts'
import {
  deriveAdjustmentLine,
  deriveFlatLine,
  deriveUsageLine,
  type DerivedLine,
} from './derive-line.ts'
import type { PlanPrice, PricedPlan } from './priced-plan.ts'

/** Quantity of a meter in a period and the events behind it. */
export type MeteredUsage = { quantity: Decimal; eventCount: bigint }

/** A line of an invoice with everything it was derived from. */
export type InvoiceLine = DerivedLine & {
  kind: 'recurring' | 'usage' | 'adjustment'
  description: string
  priceKey: string
  meterKey: string | undefined
  period: Period
  /** Last batch of events that counted. */
  watermark: bigint
  eventCount: bigint
  priceJson: string
  /** Of an adjustment, minor units. */
  billedBeforeMinor: bigint
  billableDays: number
  periodDays: number
}

/** The lines of a billing period, one for each price of the plan, in the plan's order. */
export function periodLines(
  item: BillingItem,
  plan: PricedPlan,
  usageOf: (meterKey: string) => MeteredUsage,
  watermark: bigint,
): InvoiceLine[] {
  return plan.prices.map((planPrice) => {
    const terms = { price: planPrice.price, currency: plan.currency, policy: plan.policy }
    const common = {
      ...lineTexts(planPrice),
      period: item.period,
      watermark,
      billedBeforeMinor: 0n,
    }
    if (planPrice.meterKey === undefined) {
      const { billableDays, periodDays } = item
      const derived = deriveFlatLine(terms, billableDays, periodDays)
      return { ...common, ...derived, kind: 'recurring', eventCount: 0n, billableDays, periodDays }
    }
    const usage = usageOf(planPrice.meterKey)
    const derived = deriveUsageLine(terms, usage.quantity)
    const { eventCount } = usage
    return { ...common, ...derived, kind: 'usage', eventCount, billableDays: 0, periodDays: 0 }
  })
}

/** What was billed for one price and period so far, over all invoices. */
export type BilledCharge = {
  planPrice: PlanPrice
  period: Period
  currency: string
  policy: RatingPolicy
  /** Events that the newest of its lines counted. */
  eventCount: bigint
  /** Sum of its lines, minor units. */
  billedMinor: bigint
}

/**
 * The line that corrects a charge, or undefined when no event has arrived since. Events are only ever added: a
 * charge that counted more was corrected by another run, at a later watermark.
 */
export function adjustmentLine(
  charge: BilledCharge,
  usageNow: MeteredUsage,
  watermark: bigint,
): InvoiceLine | undefined {
  if (usageNow.eventCount <= charge.eventCount) return undefined
  const terms = { price: charge.planPrice.price, currency: charge.currency, policy: charge.policy }
  return {
    ...lineTexts(charge.planPrice),
    ...deriveAdjustmentLine(terms, usageNow.quantity, charge.billedMinor),
    kind: 'adjustment',
    period: charge.period,
    watermark,
    eventCount: usageNow.eventCount,
    billedBeforeMinor: charge.billedMinor,
    billableDays: 0,
    periodDays: 0,
  }
}

function lineTexts({ description, priceKey, meterKey, priceJson }: PlanPrice) {
  return { description, priceKey, meterKey, priceJson }
}
