import type { HandlerContext } from '@connectrpc/connect'
import type {
  Checkout,
  PlaceGuestOrderRequest,
  PlaceOrderRequest,
  Purchase,
} from '@purser/contracts/order/v1/checkout'
import { assert, PurserError } from '@purser/kernel'
import { awaitCheckout } from '../checkout/await-checkout.ts'
import { beginCheckout, type Wanted } from '../checkout/begin-checkout.ts'
import { guestOf, type Owner, shopperOf } from '../checkout/owner.ts'
import { runCheckout } from '../checkout/run-checkout.ts'
import type { OrderContext } from '../context.ts'
import type { CheckoutRequest } from '../domain/checkout.ts'
import { answerCheckout } from './answer-checkout.ts'
import { fromProtoAddress } from './convert.ts'

const KEY_HEADER = 'idempotency-key'
const keyPattern = /^[!-~]{1,255}$/

/** Makes an order of the caller's own cart. Throws what `place` throws. */
export function placeOrder(ctx: OrderContext) {
  return async (req: PlaceOrderRequest, call: HandlerContext): Promise<Checkout> =>
    await place(ctx, wantedOf(req, shopperOf(call), call), call)
}

/** Makes an order of a guest's cart. Throws what `place` throws. */
export function placeGuestOrder(ctx: OrderContext) {
  return async (req: PlaceGuestOrderRequest, call: HandlerContext): Promise<Checkout> =>
    await place(ctx, wantedOf(req, guestOf(req), call), call)
}

/**
 * Runs the checkout of a cart, or waits for whoever runs it. Throws what `beginCheckout` throws, and
 * what the checkout was refused for.
 */
async function place(ctx: OrderContext, wanted: Wanted, call: HandlerContext): Promise<Checkout> {
  const { tenant } = wanted
  const { checkout, isNew } = await beginCheckout(ctx, wanted)
  const outcome = isNew
    ? await runCheckout(ctx, tenant, checkout)
    : await awaitCheckout(ctx, tenant, checkout, call.signal)
  return await answerCheckout(ctx, tenant, outcome)
}

function wantedOf(
  req: PlaceOrderRequest | PlaceGuestOrderRequest,
  owner: Owner,
  call: HandlerContext,
): Wanted {
  const { tenant, cartId, purchase } = req
  assert(purchase?.expectedTotal, 'the contract requires a purchase')
  const idempotencyKey = req.idempotencyKey || (call.requestHeader.get(KEY_HEADER) ?? '')
  if (idempotencyKey !== '' && !keyPattern.test(idempotencyKey)) {
    const message = 'The header Idempotency-Key takes 1 to 255 visible ASCII characters.'
    throw new PurserError('request.invalid', message)
  }
  const expectedCurrency = purchase.expectedTotal.currency
  const request = requestOf(purchase)
  return { tenant, owner, cartId, idempotencyKey, expectedCurrency, request }
}

function requestOf(purchase: Purchase): CheckoutRequest {
  const { email, recipient, phone, note, shippingQuoteId, returnUrl, method } = purchase
  const shippingAddress = fromProtoAddress(purchase.shippingAddress)
  const billingAddress = purchase.billingAddress
    ? fromProtoAddress(purchase.billingAddress)
    : shippingAddress
  return {
    contact: { email, recipient, phone, note, shippingAddress, billingAddress },
    shippingQuoteId,
    paymentMethod: {
      kind: method.case === 'paymentMethodId' ? 'kept' : 'token',
      value: method.value ?? '',
    },
    returnUrl,
    expectedTotalMinor: purchase.expectedTotal?.amountCents ?? 0n,
  }
}
