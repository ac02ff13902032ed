import { create } from '@bufbuild/protobuf'
import {
  type QuoteShippingRequest,
  type QuoteShippingResponse,
  QuoteShippingResponseSchema,
} from '@purser/contracts/shipping/v1/quote'
import { newId, normalRegion, requireRegion } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import { normalPostalCode } from '../domain/area.ts'
import { type Consignment, extentOf, fingerprintOf, measuresOf } from '../domain/consignment.ts'
import type { Quote } from '../domain/quote.ts'
import { priceOf } from '../domain/rate.ts'
import { listOffers } from '../store/method.ts'
import { insertQuotes } from '../store/quote.ts'
import { fromProtoConsignment } from './convert-consignment.ts'
import { toProtoQuote } from './convert-quote.ts'

/** How long a price holds. */
const QUOTE_MINUTES = 30

/**
 * Answers what each method that delivers there costs, the cheapest first, in two statements. Throws
 * what `fromProtoConsignment` throws, and `request.invalid` where areas go by regions, for what is not the code of one.
 */
export function quoteShipping(ctx: ShippingContext) {
  return async (req: QuoteShippingRequest): Promise<QuoteShippingResponse> => {
    const { tenant } = req
    const consignment = fromProtoConsignment(req)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const expiresAt = now.add({ minutes: QUOTE_MINUTES })
    const quote = async (tx: Tx) => {
      const offered = await pricesOf(tx, tenant, consignment, expiresAt)
      const fingerprint = fingerprintOf(consignment)
      if (offered.length > 0) await insertQuotes(tx, tenant, fingerprint, offered)
      return offered
    }
    const quotes = await ctx.db.tx(tenant, quote, { generalPlans: true })
    return create(QuoteShippingResponseSchema, { quotes: quotes.map(toProtoQuote) })
  }
}

async function pricesOf(
  tx: Tx,
  tenant: string,
  consignment: Consignment,
  expiresAt: Temporal.Instant,
): Promise<Quote[]> {
  const { country, currency } = consignment
  const region = normalRegion(country, consignment.region)
  const postalCode = normalPostalCode(consignment.postalCode)
  const to = { country, region, postalCode, currency }
  const { offers, someRegion } = await listOffers(tx, tenant, to)
  if (someRegion !== undefined) requireRegion(consignment, someRegion, 'address.region')
  const measures = measuresOf(consignment)
  const extent = extentOf(consignment)
  const quotes = offers.flatMap(({ rate, ...carriedBy }) => {
    const amountMinor = priceOf(rate, measures, extent)
    if (amountMinor === undefined) return []
    const price = { amountMinor, currency }
    return [{ ...carriedBy, quoteId: newId('quo'), price, expiresAt }]
  })
  // The sort is stable: what costs the same stays in the order of the methods.
  return quotes.sort((a, b) => Number(a.price.amountMinor - b.price.amountMinor))
}
