import { create } from '@bufbuild/protobuf'
import {
  type ShippingQuote as ProtoQuote,
  ShippingQuoteSchema,
} from '@purser/contracts/shipping/v1/quote'
import { toProtoTimestamp } from '@purser/rpc'
import type { Quote } from '../domain/quote.ts'

/** A quote of the contract. */
export function toProtoQuote({ quoteId, methodKey, title, price, expiresAt }: Quote): ProtoQuote {
  return create(ShippingQuoteSchema, {
    quoteId,
    methodKey,
    title,
    price: { amountCents: price.amountMinor, currency: price.currency },
    expireTime: toProtoTimestamp(expiresAt),
  })
}
