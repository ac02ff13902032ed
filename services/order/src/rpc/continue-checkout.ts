import type { HandlerContext } from '@connectrpc/connect'
import type {
  Checkout,
  ContinueCheckoutRequest,
  ContinueGuestCheckoutRequest,
} from '@purser/contracts/order/v1/checkout'
import { PurserError } from '@purser/kernel'
import { awaitCheckout } from '../checkout/await-checkout.ts'
import { guestOf, type Owner, shopperOf } from '../checkout/owner.ts'
import { resumeCheckout } from '../checkout/resume-checkout.ts'
import type { OrderContext } from '../context.ts'
import { findCheckout } from '../store/checkout.ts'
import { answerCheckout } from './answer-checkout.ts'

/** Goes on with a checkout of the caller. Throws what `goOn` throws. */
export function continueCheckout(ctx: OrderContext) {
  return async (req: ContinueCheckoutRequest, call: HandlerContext): Promise<Checkout> =>
    await goOn(ctx, req, shopperOf(call), call)
}

/** Goes on with a checkout of a guest. Throws what `goOn` throws. */
export function continueGuestCheckout(ctx: OrderContext) {
  return async (req: ContinueGuestCheckoutRequest, call: HandlerContext): Promise<Checkout> =>
    await goOn(ctx, req, guestOf(req), call)
}

/** Throws `resource.not_found` for one of somebody else, and what the checkout was refused for. */
async function goOn(
  ctx: OrderContext,
  { tenant, checkoutId }: ContinueCheckoutRequest | ContinueGuestCheckoutRequest,
  owner: Owner,
  call: HandlerContext,
): Promise<Checkout> {
  const found = await ctx.db.tx(tenant, (tx) => findCheckout(tx, tenant, checkoutId), {
    readOnly: true,
  })
  if (!found?.ownerHash.equals(owner.hash)) {
    throw new PurserError('resource.not_found', 'There is no such checkout.')
  }
  const resumed = await resumeCheckout(ctx, tenant, checkoutId)
  const outcome = resumed ?? (await awaitCheckout(ctx, tenant, found, call.signal))
  return await answerCheckout(ctx, tenant, outcome)
}
