import type {
  ConfirmQuoteRequest,
  ShippingQuote as ProtoQuote,
} from '@purser/contracts/shipping/v1/quote'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import { fingerprintOf } from '../domain/consignment.ts'
import type { Quote } from '../domain/quote.ts'
import { type Confirming, confirmQuote as confirm, explainQuote } from '../store/quote.ts'
import { fromProtoConsignment } from './convert-consignment.ts'
import { toProtoQuote } from './convert-quote.ts'

/**
 * Holds the price of a quote for an order, in one statement, or two where it was confirmed before or
 * is refused. Throws `shipping.quote_expired`, `shipping.quote_mismatch`, whose details tell what the quote says:
 * so a caller can tell goods whose price has changed from another place.
 */
export function confirmQuote(ctx: ShippingContext) {
  return async (req: ConfirmQuoteRequest): Promise<ProtoQuote> => {
    const { tenant, quoteId, orderId } = req
    const fingerprint = fingerprintOf(fromProtoConsignment(req))
    const wanted = { quoteId, orderId, fingerprint }
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const quote = await ctx.db.tx(tenant, async (tx) => {
      return (await confirm(tx, tenant, wanted, now)) ?? (await confirmed(tx, tenant, wanted))
    })
    return toProtoQuote(quote)
  }
}

/** The quote that was confirmed for the order before, or why there is none. */
async function confirmed(tx: Tx, tenant: string, wanted: Confirming): Promise<Quote> {
  const found = await explainQuote(tx, tenant, wanted)
  if (found?.quote.quoteId !== wanted.quoteId || !found.fits) {
    const message = 'The quote was given for other goods or another place, or for another order.'
    const price = found?.quote.quoteId === wanted.quoteId ? found.quote.price : undefined
    throw new PurserError('shipping.quote_mismatch', message, {
      details: price ? { currency: price.currency, price_cents: price.amountMinor.toString() } : {},
    })
  }
  if (found.isConfirmed) return found.quote
  throw new PurserError('shipping.quote_expired', 'The quote has expired: ask for another one.')
}
