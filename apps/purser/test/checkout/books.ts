import { deepEqual, equal } from 'node:assert/strict'

/** The tables of a platform, read past every service. */
export type Books = {
  adminQuery(text: string): Promise<object[]>
  /** One number that a statement answers. */
  count(text: string): Promise<number>
}

/**
 * What has to hold once no checkout is under way: each ended, money and stock add up, and nothing of
 * a checkout that came to nothing is left. Throws an AssertionError that says what differs.
 */
export async function expectBooksToBalance({ count, adminQuery }: Books): Promise<void> {
  const alive = await adminQuery(
    `select checkout_id, state, step from "order".checkout where due_at is not null`,
  )
  deepEqual(alive, [], 'checkouts under way')
  const steps = `select count(*) from "order".checkout_step where ended_at is null`
  equal(await count(steps), 0, 'steps that did not end')
  const differences = {
    'an order of a checkout that is not done, or none of one that is': `select count(*) from "order".checkout c
       left join "order".sales_order o using (tenant_id, checkout_id)
       where (c.state = 'done') <> coalesce(o.state not in ('pending', 'canceled'), false)
         and not (c.state = 'done' and o.state = 'canceled')`,
    'money of an order that is not what was taken': `select count(*) from "order".sales_order o
       join payment.payment p using (tenant_id, payment_id)
       where o.state not in ('pending', 'canceled')
         and (p.state not in ('succeeded', 'partially_refunded', 'refunded')
           or p.amount_minor <> o.total_minor - o.credit_minor or p.currency <> o.currency
           or p.order_id <> o.order_id)`,
    'refunds of a payment that are not those of the orders that its money is in': `select count(*) from payment.payment p
       join "order".sales_order o using (tenant_id, payment_id)
       left join (
         select r.tenant_id, coalesce(nullif(r.payment_id, ''), of.payment_id) as payment_id,
           sum(r.amount_minor) as refunded_minor
         from "order".order_refund r join "order".sales_order of using (tenant_id, order_id)
         where r.state = 'succeeded' group by 1, 2
       ) as given using (tenant_id, payment_id)
       where o.state not in ('pending', 'canceled')
         and p.refunded_minor <> coalesce(given.refunded_minor, 0)`,
    'money that went on with an exchange and is not where it went': `select count(*) from "order".sales_order o
       where o.exchanged_minor <> (select coalesce(sum(e.credit_minor), 0) from "order".order_exchange e
           where e.tenant_id = o.tenant_id and e.order_id = o.order_id)
         or o.exchange_of <> '' and o.state <> 'pending' and o.version >= 3 and not exists (
           select from "order".order_exchange e where e.tenant_id = o.tenant_id
             and e.replacement_id = o.order_id and e.order_id = o.exchange_of
             and e.credit_minor = o.credit_minor and e.credits = o.credits)`,
    'orders that are held by nothing': `select count(*) from "order".sales_order where held_by <> ''`,
    'money that was taken for no order and stays': `select count(*) from payment.payment p
       left join "order".sales_order o
         on o.tenant_id = p.tenant_id and o.payment_id = p.payment_id
           and o.state not in ('pending', 'canceled')
       where p.state not in ('declined', 'canceled', 'refunded') and o.order_id is null`,
    'charges of the provider that differ from payments': `select count(*) from payment.sandbox_charge s
       full join payment.payment p
         on p.tenant_id = s.tenant_id and s.idempotency_key = p.payment_id || '/1'
       where (coalesce(s.status, '') = 'succeeded')
           <> coalesce(p.state in ('succeeded', 'partially_refunded', 'refunded'), false)
         or coalesce(s.refunded_minor, 0) <> coalesce(p.refunded_minor, 0)`,
    'reservations that outlive their checkout': `select count(*) from catalog.reservation where state = 'open'`,
    'counters of reserved units that are not their rows': `select count(*) from catalog.stock_level where reserved <> 0 or backordered <> 0`,
    'units sold that are not those of orders': `select count(*) from (
         select variant_id, sum(-on_hand) as units from catalog.stock_movement
         where kind in ('sold', 'returned') group by variant_id
       ) as sold
       full join (
         select l.item_id as variant_id, sum(l.quantity - l.returned_quantity) as units
         from "order".order_line l join "order".sales_order o using (tenant_id, order_id)
         where o.state not in ('pending', 'canceled') and l.kind = 'goods' group by l.item_id
       ) as bought using (variant_id)
       where coalesce(sold.units, 0) <> coalesce(bought.units, 0)`,
    'carts that are closed for no order': `select count(*) from cart.cart c
       left join cart.cart_order b
         on b.tenant_id = c.tenant_id and b.cart_id = c.cart_id and b.state = 'closed'
       left join "order".checkout k
         on k.tenant_id = b.tenant_id and k.order_id = b.order_id and k.state = 'done'
       where (c.state = 'ordered') <> (k.order_id is not null)`,
    'coupons that are counted otherwise than they are used': `select count(*) from cart.coupon c
       where c.redeemed_count <> (select count(*) from cart.coupon_use u
         where u.tenant_id = c.tenant_id and u.coupon_id = c.coupon_id)`,
    'histories that do not lead to the state': `select count(*) from "order".sales_order o
       where o.state <> (select to_state from "order".order_transition t
         where t.tenant_id = o.tenant_id and t.order_id = o.order_id
         order by number desc limit 1)
         or o.version <> (select count(*) from "order".order_transition t
           where t.tenant_id = o.tenant_id and t.order_id = o.order_id)`,
  }
  for (const [what, sql] of Object.entries(differences)) {
    equal(await count(sql), 0, what)
  }
}

/** Each order is told once, as long as no relay delivers what is told. */
export async function expectToldOnce({ count }: Books): Promise<void> {
  const sql = `select count(*) from "order".sales_order o
    where o.state <> 'pending' and o.version >= 3
      and (select count(*) from "order".outbox e
        where e.subject = 'order.confirmed' and e.payload ->> 'order_id' = o.order_id) <> 1`
  equal(await count(sql), 0, 'orders that are not told once')
}
