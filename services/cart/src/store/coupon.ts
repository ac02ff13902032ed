import { statement, type Tx } from '@purser/postgres'
import type { Coupon } from '../domain/coupon.ts'
import { COUPON_COLUMNS, type CouponRow, fromCouponRow } from './coupon-row.ts'

const insertStatement = statement(
  'cart.insert_coupon',
  `insert into coupon (tenant_id, coupon_id, code, percent_hundredths, amount_minor, minimum_minor,
     currency, starts_at, ends_at, max_redemptions, created_at)
   values ($1, $2, $3, $4::integer, $5::bigint, $6::bigint, $7, $8::timestamptz, $9::timestamptz,
     $10::bigint, $11::timestamptz)
   on conflict (tenant_id, code) do nothing`,
)

/** Inserts a coupon; false when its code is taken. Takes no lock beyond its own row. */
export async function insertCoupon(tx: Tx, tenantId: string, coupon: Coupon): Promise<boolean> {
  const { reduction } = coupon
  const inserted = await tx.execute(insertStatement, [
    tenantId,
    coupon.couponId,
    coupon.code,
    reduction.kind === 'percent' ? reduction.hundredths : undefined,
    reduction.kind === 'amount' ? reduction.amountMinor : undefined,
    coupon.minimumMinor,
    coupon.currency,
    coupon.startsAt,
    coupon.endsAt,
    coupon.maxRedemptions,
    coupon.createdAt,
  ])
  return inserted > 0
}

const findStatement = statement(
  'cart.find_coupon',
  `select ${COUPON_COLUMNS}
   from coupon as p
   where p.tenant_id = $1
     and p.code = $2`,
)

/** The coupon with this code, in capitals, if there is one. Takes no lock. */
export async function findCoupon(
  tx: Tx,
  tenantId: string,
  code: string,
): Promise<Coupon | undefined> {
  const rows = await tx.query<CouponRow>(findStatement, [tenantId, code])
  return rows.map(fromCouponRow)[0]
}

const listStatement = statement(
  'cart.list_coupons',
  `select ${COUPON_COLUMNS}
   from coupon as p
   where p.tenant_id = $1
     and ($2::text is null or p.coupon_id < $2)
   order by p.coupon_id desc
   limit $3::integer`,
)

/** Coupons before an id, the newest first: ids sort by time. Takes no lock. */
export async function listCoupons(
  tx: Tx,
  tenantId: string,
  { beforeId, limit }: { beforeId: string | undefined; limit: number },
): Promise<Coupon[]> {
  const rows = await tx.query<CouponRow>(listStatement, [tenantId, beforeId, limit])
  return rows.map(fromCouponRow)
}

const deactivateStatement = statement(
  'cart.deactivate_coupon',
  `update coupon as p
   set is_active = false
   where p.tenant_id = $1
     and p.coupon_id = $2
   returning ${COUPON_COLUMNS}`,
)

/** Ends a coupon; undefined when there is none with the id. Locks its row. */
export async function deactivateCoupon(
  tx: Tx,
  tenantId: string,
  couponId: string,
): Promise<Coupon | undefined> {
  const rows = await tx.query<CouponRow>(deactivateStatement, [tenantId, couponId])
  return rows.map(fromCouponRow)[0]
}
