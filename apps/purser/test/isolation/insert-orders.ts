import type { Bed } from './bed.ts'
import type { Words } from './names.ts'

const now = '2026-01-01T00:00:00Z'

/** A checkout with a step, and its order with all that belongs to it, as rows: nobody pays. */
export async function insertOrders(bed: Bed, tenant: string, words: Words) {
  const { query } = bed
  const { id, text, marker } = words
  const [checkout, order] = [id('checkout'), id('order')]
  await query(
    `insert into "order".checkout (tenant_id, checkout_id, state, step_number, version, cart_id, cart_version,
       request_hash, owner_hash, user_id, account_id, order_id, payment_id, request, facts, is_leased, attempt_count,
       created_at, updated_at)
     values ($1, $2, 'done', 1, 2, $3, 1, sha256(''), sha256(''), $4, $5, $6, $7, '{}',
       jsonb_build_object('currency', 'EUR', 'lines', '[]'::jsonb, 'discountMinor', '0', 'couponCode', $8::text),
       false, 0, $9, $9)`,
    [tenant, checkout, text('cart'), id('user'), id('account'), order, id('payment'), marker, now],
  )
  await query(
    `insert into "order".checkout_step (tenant_id, checkout_id, number, step, direction, started_at, ended_at,
       outcome, detail)
     values ($1, $2, 1, 'confirm_order', 'do', $3, $3, 'done', $4)`,
    [tenant, checkout, now, text('detail')],
  )
  await query('insert into "order".order_count (tenant_id, last_number) values ($1, 1001)', [
    tenant,
  ])
  await insertOrder(bed, tenant, words, { checkout, order })
  return { checkout_id: checkout, order_id: order }
}

async function insertOrder(
  { query }: Bed,
  tenant: string,
  { id, text, marker }: Words,
  { checkout, order }: { checkout: string; order: string },
) {
  const email = `${marker}@example.net`
  const place = JSON.stringify({ lines: [text('street')], country: 'MT' })
  await query(
    `insert into "order".sales_order (tenant_id, order_id, number, checkout_id, user_id, account_id, email,
       recipient, phone, shipping_address, billing_address, note, state, version, currency, items_minor,
       discount_minor, shipping_minor, total_minor, paid_minor, refunded_minor, payment_id, shipping_method_key,
       shipping_title, created_at, updated_at)
     values ($1, $2, 1001, $3, $4, $5, $6, $7, $7, $8, $8, $7, 'pending', 1, 'EUR', 1000, 0, 0, 1000, 1000, 100,
       $9, 'post', $7, $10, $10)`,
    [
      tenant,
      order,
      checkout,
      id('user'),
      id('account'),
      email,
      text('recipient'),
      place,
      id('payment'),
      now,
    ],
  )
  await query(
    `insert into "order".order_line (tenant_id, order_id, line_number, kind, item_id, product_id, sku, title,
       variant_title, slug, image_url, quantity, unit_minor, paid_minor, weight_grams, tax_category)
     values ($1, $2, 1, 'goods', $3, $3, $3, $3, '', '', '', 1, 1000, 1000, 100, '')`,
    [tenant, order, text('line')],
  )
  await query(
    `insert into "order".order_transition (tenant_id, order_id, number, to_state, cause, created_at)
     values ($1, $2, 1, 'pending', $3, $4)`,
    [tenant, order, text('cause'), now],
  )
  await query(
    `insert into "order".order_refund (tenant_id, refund_id, order_id, state, amount_minor, currency, reason,
       created_at, updated_at)
     values ($1, $2, $3, 'succeeded', 100, 'EUR', $4, $5, $5)`,
    [tenant, id('order_refund'), order, text('reason'), now],
  )
  await query(
    `insert into "order".order_return (tenant_id, return_id, order_id, lines, reason, refund_id, is_restocked,
       created_at)
     values ($1, $2, $3, '[]', $4, '', true, $5)`,
    [tenant, id('order_return'), order, text('return'), now],
  )
  await query(
    `insert into "order".order_exchange (tenant_id, exchange_id, order_id, replacement_id, return_id, value_minor,
       credit_minor, credits, difference_minor, reason, created_at)
     values ($1, $2, $3, $3, $4, 1000, 0, '[]', 0, $5, $6)`,
    [tenant, id('order_exchange'), order, id('order_return'), text('exchange'), now],
  )
  await query(
    `insert into "order".order_failed_parcel (tenant_id, order_id, shipment_id, carrier, tracking_number,
       failure_code, lines, created_at)
     values ($1, $2, $3, $4, $4, 'lost', '[]', $5)`,
    [tenant, order, id('failed_parcel'), text('carrier'), now],
  )
}
