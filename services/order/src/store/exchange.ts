import { statement, type Tx } from '@purser/postgres'
import type { OrderExchange, Share } from '../domain/order.ts'
import { sumOfShares } from '../domain/order-money.ts'
import { toJson } from './checkout-row.ts'
import { fromShareJson, type ShareJson } from './order-row.ts'

const holdStatement = statement(
  'order.hold_order',
  `update sales_order
   set held_by = $3
   where tenant_id = $1
     and order_id = $2`,
)

/** Keeps an order as it is for a checkout; an empty id lets it go. For orders that are locked. */
export async function holdOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
  checkoutId: string,
): Promise<void> {
  await tx.execute(holdStatement, [tenantId, orderId, checkoutId])
}

const letGoStatement = statement(
  'order.let_order_go',
  `update sales_order
   set held_by = ''
   where tenant_id = $1
     and order_id = $2
     and held_by = $3`,
)

/** Lets an order go that a checkout holds. Locks its row. */
export async function letOrderGo(
  tx: Tx,
  tenantId: string,
  orderId: string,
  checkoutId: string,
): Promise<void> {
  await tx.execute(letGoStatement, [tenantId, orderId, checkoutId])
}

const noteCreditsStatement = statement(
  'order.note_credits',
  `update sales_order
   set exchange_of = $3, credits = $4::jsonb, credit_minor = $5::bigint
   where tenant_id = $1
     and order_id = $2`,
)

/** Notes of an order that was just made what it replaces, and what of its price is paid by that. */
export async function noteCredits(
  tx: Tx,
  tenantId: string,
  orderId: string,
  { exchangeOf, credits }: { exchangeOf: string; credits: readonly Share[] },
): Promise<void> {
  const values = [tenantId, orderId, exchangeOf, toJson(credits), sumOfShares(credits)]
  await tx.execute(noteCreditsStatement, values)
}

const insertStatement = statement(
  'order.insert_exchange',
  `with moved as (
     update sales_order
     set exchanged_minor = exchanged_minor + $7::bigint, updated_at = $11::timestamptz
     where tenant_id = $1
       and order_id = $3
     returning tenant_id, order_id
   )
   insert into order_exchange
     (tenant_id, exchange_id, order_id, replacement_id, return_id, value_minor, credit_minor, credits,
      difference_minor, reason, created_at)
   select tenant_id, $2, order_id, $4, $5, $6::bigint, $7::bigint, $8::jsonb, $9::bigint, $10,
     $11::timestamptz
   from moved`,
)

/** Notes an exchange and moves the money. The database refuses more than is left. For orders that are locked. */
export async function insertExchange(
  tx: Tx,
  tenantId: string,
  exchange: OrderExchange,
): Promise<void> {
  await tx.execute(insertStatement, [
    tenantId,
    exchange.exchangeId,
    exchange.orderId,
    exchange.replacementId,
    exchange.returnId,
    exchange.valueMinor,
    sumOfShares(exchange.credits),
    toJson(exchange.credits),
    exchange.differenceMinor,
    exchange.reason,
    exchange.createdAt,
  ])
}

const listStatement = statement(
  'order.list_exchanges',
  `select exchange_id, order_id, replacement_id, return_id, value_minor, credits, difference_minor,
     reason, created_at
   from order_exchange
   where tenant_id = $1
     and order_id = $2
   order by exchange_id`,
)

/** What was exchanged of an order, oldest first. Takes no lock. */
export async function listExchanges(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<OrderExchange[]> {
  const rows = await tx.query<{
    exchange_id: string
    order_id: string
    replacement_id: string
    return_id: string
    value_minor: bigint
    credits: ShareJson[]
    difference_minor: bigint
    reason: string
    created_at: Temporal.Instant
  }>(listStatement, [tenantId, orderId])
  return rows.map((row) => ({
    exchangeId: row.exchange_id,
    orderId: row.order_id,
    replacementId: row.replacement_id,
    returnId: row.return_id,
    valueMinor: row.value_minor,
    credits: row.credits.map(fromShareJson),
    differenceMinor: row.difference_minor,
    reason: row.reason,
    createdAt: row.created_at,
  }))
}
