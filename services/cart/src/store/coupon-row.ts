import type { Coupon, Reduction } from '../domain/coupon.ts'

/** Columns of a coupon, prefixed with `p.`; times and currency have names of their own beside a cart's. */
export const COUPON_COLUMNS = `
  p.coupon_id, p.code, p.percent_hundredths, p.amount_minor, p.minimum_minor,
  p.currency as coupon_currency, p.starts_at, p.ends_at, p.max_redemptions, p.redeemed_count,
  p.is_active, p.created_at as coupon_created_at`

/** A row of `COUPON_COLUMNS`. */
export type CouponRow = {
  coupon_id: string
  code: string
  percent_hundredths: number | null
  amount_minor: bigint | null
  minimum_minor: bigint | null
  coupon_currency: string | null
  starts_at: Temporal.Instant | null
  ends_at: Temporal.Instant | null
  max_redemptions: bigint
  redeemed_count: bigint
  is_active: boolean
  coupon_created_at: Temporal.Instant
}

/** The coupon of a row. */
export function fromCouponRow(row: CouponRow): Coupon {
  return {
    couponId: row.coupon_id,
    code: row.code,
    reduction: reductionOf(row),
    minimumMinor: row.minimum_minor ?? undefined,
    currency: row.coupon_currency ?? undefined,
    startsAt: row.starts_at ?? undefined,
    endsAt: row.ends_at ?? undefined,
    maxRedemptions: row.max_redemptions,
    redeemedCount: row.redeemed_count,
    isActive: row.is_active,
    createdAt: row.coupon_created_at,
  }
}

/** The table keeps one of both, and only one. */
function reductionOf(row: CouponRow): Reduction {
  const { percent_hundredths: hundredths, amount_minor: amountMinor } = row
  if (hundredths !== null) return { kind: 'percent', hundredths: BigInt(hundredths) }
  return { kind: 'amount', amountMinor: amountMinor ?? 0n }
}
