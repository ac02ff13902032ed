import { currencyExponent, Decimal } from '@purser/kernel'
import type { InvoiceLine } from '../domain/invoice.ts'
import { type PrintedBreakdown, type PrintedPrice, readOrigin } from './line-origin.ts'
import { printAmount, printDecimal } from './print-number.ts'

type Origin = { price: PrintedPrice; breakdown: PrintedBreakdown }
type Tier = PrintedBreakdown['tiers'][number]

const adjustmentWords: Readonly<Record<string, string>> = {
  percentage_discount: 'Discount',
  maximum_spend_discount: 'Above the maximum',
  minimum_spend_top_up: 'Up to the minimum',
}

/**
 * How the amount of a line follows: the price of one unit where there is one, and a text for each
 * step.
 */
export function printOrigin(
  line: InvoiceLine,
  currency: string,
): { unitPrice: string; details: string[] } {
  const printer = new OriginPrinter(line, currency)
  const origin = readOrigin(line)
  return {
    unitPrice: origin ? printer.unitPrice(origin) : '',
    details: [
      ...printer.correction(),
      ...(origin ? [...printer.proration(origin), ...printer.steps(origin)] : []),
    ],
  }
}

class OriginPrinter {
  readonly #line: InvoiceLine
  readonly #currency: string

  constructor(line: InvoiceLine, currency: string) {
    this.#line = line
    this.#currency = currency
  }

  unitPrice({ price, breakdown }: Origin): string {
    if (price.model === 'flat') return price.amount ? this.#major(price.amount) : ''
    const [tier, ...others] = breakdown.tiers
    if (tier === undefined) return ''
    if (others.length > 0 || !tier.flat_amount.isZero()) return 'tiered'
    const unit = price.package_size ?? price.units_per_price
    return unit
      ? `${this.#major(tier.unit_amount)} per ${printDecimal(unit)}`
      : this.#major(tier.unit_amount)
  }

  /** Of an adjustment: what is owed for all usage known now, and what was billed before. */
  correction(): string[] {
    if (this.#line.kind !== 'adjustment') return []
    const { amountMinor, billedBeforeMinor } = this.#line
    const currency = this.#currency
    const now = printAmount({ amountMinor: amountMinor + billedBeforeMinor, currency })
    const before = printAmount({ amountMinor: billedBeforeMinor, currency })
    return [`${now} for all usage known now, ${before} billed before`]
  }

  proration({ price }: Origin): string[] {
    const { billableDays, periodDays } = this.#line
    if (price.model !== 'flat' || billableDays === periodDays) return []
    return [`${billableDays} of ${periodDays} days`]
  }

  steps({ price, breakdown }: Origin): string[] {
    const adjustments = breakdown.adjustments.map(({ kind, amount }) => {
      const words = adjustmentWords[kind] ?? kind.replaceAll('_', ' ')
      return `${words}: ${this.#major(amount)}`
    })
    return [...breakdown.tiers.flatMap((tier) => this.#step(price, tier)), ...adjustments]
  }

  #step(price: PrintedPrice, tier: Tier): string[] {
    if (price.model === 'package') {
      const packages = tier.quantity.equals(Decimal.one) ? 'package' : 'packages'
      return [this.#product(price, tier, ` ${packages}`)]
    }
    // The row itself says what one price for all units comes to.
    if (price.tiers.length === 0) return []
    return [`Tier ${tier.tier}${this.#range(price, tier.tier)}: ${this.#product(price, tier)}`]
  }

  #range({ tiers }: PrintedPrice, tier: number): string {
    const upper = tiers[tier - 1]?.up_to
    if (upper) return `, up to ${printDecimal(upper)}`
    const lower = tiers[tier - 2]?.up_to
    return lower ? `, above ${printDecimal(lower)}` : ''
  }

  #product({ tiers, units_per_price: unit }: PrintedPrice, tier: Tier, noun = ''): string {
    const quantity = `${printDecimal(tier.quantity)}${noun}`
    const each = `${this.#major(tier.unit_amount)}${unit ? ` per ${printDecimal(unit)}` : ''}`
    const flat = tier.flat_amount.isZero() ? '' : ` + ${this.#major(tier.flat_amount)}`
    const cap = tiers[tier.tier - 1]?.tier_cap
    const capped = cap?.equals(tier.amount) ? ', at most' : ''
    return `${quantity} × ${each}${flat}${capped} = ${this.#major(tier.amount)}`
  }

  #major(amount: Decimal): string {
    return printDecimal(amount, currencyExponent(this.#currency))
  }
}
