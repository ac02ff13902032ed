import { create } from '@bufbuild/protobuf'
import type { Money as ProtoMoney } from '@purser/contracts/common/v1/common'
import {
  type Coupon as ProtoCoupon,
  CouponSchema,
  type CreateCouponRequest,
} from '@purser/contracts/cart/v1/coupon'
import { Decimal, PurserError } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import { type Coupon, normalizeCode, type Reduction } from '../domain/coupon.ts'

/** Decimals of a percentage. */
const PERCENT_DECIMALS = 2
const WHOLE_PERCENT = Decimal.fromBigInt(100n)

/** Largest amount in minor units, as the catalog's. */
const LARGEST_MINOR = 1_000_000_000_000n

/** The coupon that is asked for. Throws `request.invalid`. */
export function fromProtoCoupon(
  req: CreateCouponRequest,
  { couponId, createdAt }: Pick<Coupon, 'couponId' | 'createdAt'>,
): Coupon {
  const amountOf = req.reduction.case === 'amount' ? req.reduction.value : undefined
  const minimum = req.minimumSubtotal
  if (amountOf && minimum && amountOf.currency !== minimum.currency) {
    throw invalid('minimum_subtotal.currency', 'is that of the amount')
  }
  const startsAt = req.startTime && fromProtoTimestamp(req.startTime)
  const endsAt = req.endTime && fromProtoTimestamp(req.endTime)
  if (startsAt && endsAt && Temporal.Instant.compare(startsAt, endsAt) >= 0) {
    throw invalid('end_time', 'is after start_time')
  }
  return {
    couponId,
    code: normalizeCode(req.code),
    reduction: reductionOf(req),
    minimumMinor: minimum && minorOf(minimum, 'minimum_subtotal'),
    currency: (amountOf ?? minimum)?.currency,
    startsAt,
    endsAt,
    maxRedemptions: req.maxRedemptions,
    redeemedCount: 0n,
    isActive: true,
    createdAt,
  }
}

function reductionOf({ reduction }: CreateCouponRequest): Reduction {
  if (reduction.case === 'amount') {
    return { kind: 'amount', amountMinor: minorOf(reduction.value, 'amount') }
  }
  if (!reduction.value) throw invalid('percent', 'is required, or amount')
  const percent = Decimal.parse(reduction.value)
  const isRound = percent.round(PERCENT_DECIMALS, 'down').equals(percent)
  if (!isRound || percent.isNegative() || percent.isZero() || percent.gt(WHOLE_PERCENT)) {
    throw invalid('percent', 'is above 0, at most 100, with two decimals at most')
  }
  return { kind: 'percent', hundredths: percent.toMinor(PERCENT_DECIMALS, 'down') }
}

function minorOf({ amountCents }: ProtoMoney, field: string): bigint {
  if (amountCents > 0n && amountCents <= LARGEST_MINOR) return amountCents
  throw invalid(`${field}.amount_cents`, `is from 1 to ${LARGEST_MINOR}`)
}

function invalid(field: string, message: string): PurserError {
  return new PurserError('request.invalid', `${field} ${message}.`, {
    fields: [{ field, message }],
  })
}

/** A coupon as it is answered. */
export function toProtoCoupon(coupon: Coupon): ProtoCoupon {
  const { reduction, minimumMinor, currency = '', startsAt, endsAt } = coupon
  return create(CouponSchema, {
    couponId: coupon.couponId,
    code: coupon.code,
    reduction:
      reduction.kind === 'percent'
        ? {
            case: 'percent',
            value: Decimal.fromBigInt(reduction.hundredths, PERCENT_DECIMALS).toString(),
          }
        : { case: 'amount', value: { amountCents: reduction.amountMinor, currency } },
    ...(minimumMinor !== undefined && { minimumSubtotal: { amountCents: minimumMinor, currency } }),
    ...(startsAt && { startTime: toProtoTimestamp(startsAt) }),
    ...(endsAt && { endTime: toProtoTimestamp(endsAt) }),
    maxRedemptions: coupon.maxRedemptions,
    redeemedCount: coupon.redeemedCount,
    isActive: coupon.isActive,
    createTime: toProtoTimestamp(coupon.createdAt),
  })
}
