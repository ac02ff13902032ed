import { statement, type Tx } from '@purser/postgres'

const releaseStatement = statement(
  'cart.release_coupon',
  `with released as (
     delete from coupon_use
     where tenant_id = $1
       and order_id = $2
     returning coupon_id
   )
   update coupon as p
   set redeemed_count = p.redeemed_count - 1
   from released as r
   where p.tenant_id = $1
     and p.coupon_id = r.coupon_id`,
)

/** Gives the coupon back that an order used; false when it used none, or gave it back before. Locks both rows. */
export async function releaseCoupon(tx: Tx, tenantId: string, orderId: string): Promise<boolean> {
  return (await tx.execute(releaseStatement, [tenantId, orderId])) > 0
}
