import { statement, type Tx } from '@purser/postgres'
import type { CarriedBy } from '../domain/method.ts'
import type { Quote } from '../domain/quote.ts'

const QUOTE_COLUMNS = `quote_id, method_key, title, carrier, carrier_service, currency, price_minor,
  expires_at`

type QuoteRow = {
  quote_id: string
  method_key: string
  title: string
  carrier: string
  carrier_service: string
  currency: string
  price_minor: bigint
  expires_at: Temporal.Instant
}

function fromRowQuote(row: QuoteRow): Quote {
  return {
    quoteId: row.quote_id,
    methodKey: row.method_key,
    title: row.title,
    carrier: row.carrier,
    carrierService: row.carrier_service,
    price: { amountMinor: row.price_minor, currency: row.currency },
    expiresAt: row.expires_at,
  }
}

const insertStatement = statement(
  'shipping.insert_quotes',
  `insert into quote (tenant_id, fingerprint, ${QUOTE_COLUMNS})
   select $1, $2::bytea, q.quote_id, q.method_key, q.title, q.carrier, q.carrier_service, $3,
     q.price_minor, $4::timestamptz
   from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])
     as q (quote_id, method_key, title, carrier, carrier_service, price_minor)`,
)

/** Inserts quotes for one consignment, which have currency and expiry in common. Takes no lock. */
export async function insertQuotes(
  tx: Tx,
  tenantId: string,
  fingerprint: Buffer,
  quotes: readonly Quote[],
): Promise<void> {
  await tx.execute(insertStatement, [
    tenantId,
    fingerprint,
    quotes[0]?.price.currency,
    quotes[0]?.expiresAt,
    quotes.map(({ quoteId }) => quoteId),
    quotes.map(({ methodKey }) => methodKey),
    quotes.map(({ title }) => title),
    quotes.map(({ carrier }) => carrier),
    quotes.map(({ carrierService }) => carrierService),
    quotes.map(({ price }) => price.amountMinor),
  ])
}

/** Which quote an order wants to be delivered by, and the fingerprint of its consignment. */
export type Confirming = { quoteId: string; orderId: string; fingerprint: Buffer }

const confirmStatement = statement(
  'shipping.confirm_quote',
  `insert into confirmation
     (tenant_id, order_id, fingerprint, confirmed_at, ${QUOTE_COLUMNS})
   select tenant_id, $3, fingerprint, $5::timestamptz, ${QUOTE_COLUMNS}
   from quote
   where tenant_id = $1
     and quote_id = $2
     and fingerprint = $4::bytea
     and expires_at > $5::timestamptz
   on conflict do nothing
   returning ${QUOTE_COLUMNS}`,
)

/**
 * Confirms a quote for an order at `now`; undefined when it does not fit, has expired, or the order
 * has one. Waits for a transaction that confirms one for the same order.
 */
export async function confirmQuote(
  tx: Tx,
  tenantId: string,
  { quoteId, orderId, fingerprint }: Confirming,
  now: Temporal.Instant,
): Promise<Quote | undefined> {
  const values = [tenantId, quoteId, orderId, fingerprint, now]
  const [row] = await tx.query<QuoteRow>(confirmStatement, values)
  return row && fromRowQuote(row)
}

const explainStatement = statement(
  'shipping.explain_quote',
  `select ${QUOTE_COLUMNS}, fingerprint = $4::bytea as fits, true as is_confirmed
   from confirmation
   where tenant_id = $1
     and order_id = $3
   union all
   select ${QUOTE_COLUMNS}, fingerprint = $4::bytea, false
   from quote
   where tenant_id = $1
     and quote_id = $2
     and not exists (select from confirmation where tenant_id = $1 and order_id = $3)`,
)

/** The quote that an order has, else the one that it wants, and whether it fits. Takes no lock. */
export async function explainQuote(
  tx: Tx,
  tenantId: string,
  { quoteId, orderId, fingerprint }: Confirming,
): Promise<{ quote: Quote; fits: boolean; isConfirmed: boolean } | undefined> {
  const values = [tenantId, quoteId, orderId, fingerprint]
  const [row] = await tx.query<QuoteRow & { fits: boolean; is_confirmed: boolean }>(
    explainStatement,
    values,
  )
  return row && { quote: fromRowQuote(row), fits: row.fits, isConfirmed: row.is_confirmed }
}

const carriedStatement = statement(
  'shipping.find_carried_by',
  `select 1 as place, method_key, title, carrier, carrier_service
   from method
   where tenant_id = $1
     and method_key = $3
   union all
   select 2, method_key, title, carrier, carrier_service
   from confirmation
   where tenant_id = $1
     and order_id = $2
     and $3 in ('', method_key)
   order by place
   limit 1`,
)

/**
 * Who carries an order: by the method with this key, else as it was when the order's quote was
 * confirmed. An empty key is the quote's. Takes no lock.
 */
export async function findCarriedBy(
  tx: Tx,
  tenantId: string,
  { orderId, methodKey }: { orderId: string; methodKey: string },
): Promise<CarriedBy | undefined> {
  const values = [tenantId, orderId, methodKey]
  const [row] = await tx.query<Omit<QuoteRow, 'quote_id'>>(carriedStatement, values)
  if (row === undefined) return undefined
  const { method_key, title, carrier, carrier_service } = row
  return { methodKey: method_key, title, carrier, carrierService: carrier_service }
}

const removeStatement = statement(
  'shipping.remove_quotes',
  `delete from quote
   where expires_at < $1::timestamptz`,
)

/** Removes quotes of all tenants that expired before a time; in a system transaction. */
export async function removeQuotes(tx: Tx, before: Temporal.Instant): Promise<number> {
  return await tx.execute(removeStatement, [before])
}
