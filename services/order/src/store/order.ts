import { type StatementOptions, statement, type Tx } from '@purser/postgres'
import type { Order } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { toJson } from './checkout-row.ts'
import { fromRowOrder, LINES_COLUMN, ORDER_COLUMNS, type OrderRow } from './order-row.ts'

/** An order that is not numbered yet. */
export type NewOrder = Omit<Order, 'number'>

const insertStatement = statement(
  'order.insert_order',
  `with counted as (
     insert into order_count as counter (tenant_id, last_number)
     values ($1, 1001)
     on conflict (tenant_id) do update set last_number = counter.last_number + 1
     returning last_number
   ), made as (
     insert into sales_order
       (tenant_id, order_id, number, checkout_id, user_id, account_id, email, recipient, phone,
        shipping_address, billing_address, note, state, version, currency, items_minor,
        discount_minor, shipping_minor, total_minor, paid_minor, payment_id, shipping_method_key,
        shipping_title, created_at, updated_at, tax_minor, tax_included, shipping_taxes)
     select $1, $2, last_number, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11, 'pending', 1, $12,
       $13::bigint, $14::bigint, $15::bigint, $16::bigint, $16::bigint, $17, $18, $19,
       $20::timestamptz, $20::timestamptz, $23::bigint, $24::boolean, $25::jsonb
     from counted
     returning tenant_id, order_id, created_at
   ), noted as (
     insert into order_transition (tenant_id, order_id, number, to_state, cause, created_at)
     select tenant_id, order_id, 1, 'pending', $21, created_at
     from made
   )
   insert into order_line
     (tenant_id, order_id, line_number, kind, item_id, product_id, sku, title, variant_title, slug,
      image_url, quantity, unit_minor, paid_minor, weight_grams, requires_shipping, tax_category,
      subscription_id, taxes)
   select made.tenant_id, made.order_id, line."lineNumber", line.kind, line."itemId",
     line."productId", line.sku, line.title, line."variantTitle", line.slug, line."imageUrl",
     line.quantity, line."unitMinor", line."paidMinor", line."weightGrams",
     line."requiresShipping", line."taxCategory",
     line."subscriptionId", line.taxes
   from made, jsonb_to_recordset($22::jsonb) as line(
     "lineNumber" integer, kind text, "itemId" text, "productId" text, sku text, title text,
     "variantTitle" text, slug text, "imageUrl" text, quantity bigint, "unitMinor" bigint,
     "paidMinor" bigint, "weightGrams" integer, "requiresShipping" boolean, "taxCategory" text,
     "subscriptionId" text, taxes jsonb
   )`,
)

/**
 * Inserts an order that is pending, with its lines and the next number of the tenant, whose count it
 * locks. Fails with a unique violation for a checkout or a payment that has an order. `options` are those of the statement.
 */
export async function insertOrder(
  tx: Tx,
  tenantId: string,
  order: NewOrder,
  cause: string,
  options: StatementOptions = {},
): Promise<void> {
  const { contact } = order
  const values = [
    tenantId,
    order.orderId,
    order.checkoutId,
    order.userId,
    order.accountId,
    contact.email,
    contact.recipient,
    contact.phone,
    contact.shippingAddress,
    contact.billingAddress,
    contact.note,
    order.currency,
    order.itemsMinor,
    order.discountMinor,
    order.shippingMinor,
    order.totalMinor,
    order.paymentId,
    order.shippingMethodKey,
    order.shippingTitle,
    order.createdAt,
    cause,
    toJson(order.lines),
    order.taxMinor,
    order.taxIncluded,
    toJson(order.shippingTaxes),
  ]
  await tx.execute(insertStatement, values, options)
}

const moveStatement = statement(
  'order.move_order',
  `with moved as (
     update sales_order
     set state = ($4::text[])[array_upper($4::text[], 1)],
       version = version + array_length($4::text[], 1),
       updated_at = $6::timestamptz
     where tenant_id = $1
       and order_id = $2
       and state = $3
     returning tenant_id, ${ORDER_COLUMNS}, ${LINES_COLUMN}
   ), noted as (
     insert into order_transition
       (tenant_id, order_id, number, from_state, to_state, cause, created_at)
     select moved.tenant_id, moved.order_id,
       moved.version - array_length($4::text[], 1) + step.place::integer,
       case step.place when 1 then $3 else ($4::text[])[step.place - 1] end, step.state, $5,
       $6::timestamptz
     from moved, unnest($4::text[]) with ordinality as step(state, place)
   )
   select ${ORDER_COLUMNS}, lines
   from moved`,
)

/**
 * Moves an order from one state through others to the last of them and notes each move; undefined
 * when it is in another state. Locks its row.
 */
export async function moveOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
  move: { from: OrderState; through: readonly OrderState[]; cause: string; at: Temporal.Instant },
): Promise<Order | undefined> {
  const { from, through, cause, at } = move
  const values = [tenantId, orderId, from, through, cause, at]
  const [row] = await tx.query<OrderRow>(moveStatement, values)
  return row && fromRowOrder(row)
}

const findStatement = statement(
  'order.find_order',
  `select ${ORDER_COLUMNS}, ${LINES_COLUMN}
   from sales_order
   where tenant_id = $1
     and order_id = $2`,
)

/** The order with this id, if there is one. Takes no lock. */
export async function findOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<Order | undefined> {
  const [row] = await tx.query<OrderRow>(findStatement, [tenantId, orderId])
  return row && fromRowOrder(row)
}

const lockStatement = statement(
  'order.lock_order',
  `select from sales_order
   where tenant_id = $1
     and order_id = $2
   for no key update`,
)

/**
 * The order with this id, if there is one. Locks its row until the transaction ends. Read by a statement of its own: who
 * waits for a lock is given the row as it is then, and all else, such as the lines, as it was before.
 */
export async function lockOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<Order | undefined> {
  await tx.execute(lockStatement, [tenantId, orderId])
  return await findOrder(tx, tenantId, orderId)
}
