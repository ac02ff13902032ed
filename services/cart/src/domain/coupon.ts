import { divideRounded } from '@purser/kernel'

/** What takes something off goods. */
export type Coupon = {
  couponId: string
  /** In capitals. */
  code: string
  reduction: Reduction
  /** Least that the goods have to cost, in minor units of `currency`. */
  minimumMinor: bigint | undefined
  /** Of `minimumMinor` and a fixed reduction; undefined without either. */
  currency: string | undefined
  startsAt: Temporal.Instant | undefined
  /** Exclusive. */
  endsAt: Temporal.Instant | undefined
  /** 0 for any number. */
  maxRedemptions: bigint
  redeemedCount: bigint
  isActive: boolean
  createdAt: Temporal.Instant
}

/** Hundredths of a percent, 1 to 10,000, or minor units, above 0. */
export type Reduction =
  | { kind: 'percent'; hundredths: bigint }
  | { kind: 'amount'; amountMinor: bigint }

/** Why a coupon takes nothing off. */
export type CouponObstacle =
  | 'unknown'
  | 'inactive'
  | 'not_started'
  | 'ended'
  | 'used_up'
  | 'other_currency'
  | 'below_minimum'

/** Hundredths of a percent in a whole. */
const WHOLE = 10_000n

/** Whatever is typed, as codes are stored. */
export function normalizeCode(text: string): string {
  return text.trim().toUpperCase()
}

/** Why nobody can use the coupon at the moment, whatever is in the cart; undefined when it can be used. */
export function couponObstacle(coupon: Coupon, now: Temporal.Instant): CouponObstacle | undefined {
  const { startsAt, endsAt, maxRedemptions, redeemedCount } = coupon
  if (!coupon.isActive) return 'inactive'
  if (startsAt && Temporal.Instant.compare(now, startsAt) < 0) return 'not_started'
  if (endsAt && Temporal.Instant.compare(now, endsAt) >= 0) return 'ended'
  if (maxRedemptions > 0n && redeemedCount >= maxRedemptions) return 'used_up'
  return undefined
}

/**
 * What a coupon takes off goods that cost `subtotalMinor` together: 0 to all of it. A percentage is
 * rounded half away from zero to minor units, once for the whole cart.
 */
export function discountOf(
  coupon: Coupon,
  goods: { subtotalMinor: bigint; currency: string },
  now: Temporal.Instant,
): { discountMinor: bigint; obstacle: CouponObstacle | undefined } {
  const { subtotalMinor } = goods
  const obstacle = couponObstacle(coupon, now) ?? goodsObstacle(coupon, goods)
  if (obstacle) return { discountMinor: 0n, obstacle }
  const { reduction } = coupon
  if (reduction.kind === 'percent') {
    const exact = subtotalMinor * reduction.hundredths
    return { discountMinor: divideRounded(exact, WHOLE, 'half_away_from_zero'), obstacle }
  }
  const { amountMinor } = reduction
  return { discountMinor: amountMinor < subtotalMinor ? amountMinor : subtotalMinor, obstacle }
}

function goodsObstacle(
  { currency, minimumMinor }: Coupon,
  goods: { subtotalMinor: bigint; currency: string },
): CouponObstacle | undefined {
  if (currency !== undefined && currency !== goods.currency) return 'other_currency'
  return goods.subtotalMinor < (minimumMinor ?? 0n) ? 'below_minimum' : undefined
}
