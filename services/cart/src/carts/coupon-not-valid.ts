import { PurserError } from '@purser/kernel'
import type { CouponObstacle } from '../domain/coupon.ts'

const messages: Record<CouponObstacle, string> = {
  unknown: 'There is no coupon with this code.',
  inactive: 'The coupon cannot be used any more.',
  not_started: 'The coupon cannot be used yet.',
  ended: 'The coupon is over.',
  used_up: 'The coupon is used up.',
  other_currency: 'The coupon is for another currency.',
  below_minimum: 'The goods cost less than the coupon asks for.',
}

/** The refusal of a coupon; `details.obstacle` says why. */
export function couponNotValid(obstacle: CouponObstacle): PurserError {
  return new PurserError('cart.coupon_not_valid', messages[obstacle], { details: { obstacle } })
}
