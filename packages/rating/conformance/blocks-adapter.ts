import { currencyExponent, Decimal } from '@purser/kernel'
import { z } from 'zod'
import { lateUsageAdjustment } from '../src/adjustment.ts'
import type { Price, Tier } from '../src/price.ts'
import { rate } from '../src/rate.ts'
import { roundAmount } from '../src/round-amount.ts'
import type { Adapter } from './adapter.ts'
import { decimal, optional, readInputs, UnsupportedCase } from './inputs.ts'

const blockTiers = z.array(
  z.strictObject({ block_size: decimal, max_blocks: decimal, block_amount: decimal }),
)
const tierPolicy = z.enum(['each_tier', 'tier_reached'])

/**
 * Tiers of blocks as the engine's price per `unitsPerPrice` units, rounded up to whole blocks. That holds
 * while all blocks are of one size and the quantity stays inside the tiers; other cases are unsupported.
 */
function blockPrice(
  tiers: z.output<typeof blockTiers>,
  policy: z.output<typeof tierPolicy>,
  quantity: Decimal,
): Price {
  const size = tiers[0]?.block_size
  if (!size || tiers.some((tier) => !tier.block_size.equals(size))) {
    throw new UnsupportedCase('blocks of several sizes')
  }
  let upper = Decimal.zero
  const bounded = tiers.map((tier): Tier => {
    upper = upper.plus(tier.block_size.times(tier.max_blocks))
    return { upTo: upper, unitAmount: tier.block_amount, flatAmount: Decimal.zero }
  })
  if (quantity.gt(upper)) throw new UnsupportedCase('a quantity beyond the last tier')
  const opened = bounded.map((tier, i) =>
    i === bounded.length - 1 ? { ...tier, upTo: null } : tier,
  )
  return {
    model: policy === 'each_tier' ? 'graduated' : 'volume',
    tiers: opened,
    unitsPerPrice: size,
    quantityRounding: 'up',
  }
}

export const tieredBlocksAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({ quantity: decimal, tier_policy: tierPolicy, tiers: blockTiers }),
    inputs,
  )
  const price = blockPrice(given.tiers, given.tier_policy, given.quantity)
  return { amount: rate(price, { quantity: given.quantity }, policy).amount }
}

export const multiUnitBlocksAdapter: Adapter = ({ inputs, policy }) => {
  const unit = z.strictObject({ quantity: decimal, tiers: blockTiers })
  const given = readInputs(
    z.strictObject({ units: z.record(z.string(), unit), tier_policy: tierPolicy }),
    inputs,
  )
  const amounts = Object.values(given.units).map(({ quantity, tiers }) => {
    const price = blockPrice(tiers, given.tier_policy, quantity)
    return rate(price, { quantity }, policy).amount
  })
  return { amount: Decimal.sum(amounts) }
}

export const additionalChargeAdapter: Adapter = ({ inputs, policy, currency }) => {
  const given = readInputs(
    z.strictObject({
      quantity_known_now: decimal,
      already_billed: decimal,
      tiers: blockTiers,
      tier_policy: optional(tierPolicy),
    }),
    inputs,
  )
  const price = blockPrice(given.tiers, given.tier_policy ?? 'each_tier', given.quantity_known_now)
  const full = rate(price, { quantity: given.quantity_known_now }, policy).amount
  const charge = lateUsageAdjustment({
    ratedNow: roundAmount(full, currency, policy),
    billedSoFar: roundAmount(given.already_billed, currency, policy),
  })
  return { amount: Decimal.fromBigInt(charge, currencyExponent(currency)), full_amount: full }
}
