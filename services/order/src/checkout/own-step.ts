import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import { type Checkout, dueMinor } from '../domain/checkout.ts'
import { linesOfOrder } from '../domain/price-checkout.ts'
import { publishOrderConfirmed } from '../events.ts'
import { noteCredits } from '../store/exchange.ts'
import { insertOrder, moveOrder } from '../store/order.ts'
import type { OwnStep } from './do-step.ts'
import { completeExchange, letGo } from './exchange.ts'

/** Does a step of this service's own, in the transaction that writes how it ended. `isLast`: nothing follows in it. */
export async function doOwnStep(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  { step, isLast }: { step: Exclude<OwnStep, 'hold_order'>; isLast: boolean },
): Promise<void> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a checkout belongs to a tenant')
  const at = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  if (step === 'create_order') {
    return await createOrder(tx, tenant, checkout, { createdAt: at, isLast })
  }
  const order = await moveOrder(tx, tenant, checkout.orderId, {
    from: 'pending',
    through: ['confirmed', 'paid'],
    cause: causeOf(checkout),
    at,
  })
  assert(order, 'the order of a checkout is pending until it is confirmed')
  await publishOrderConfirmed(tx, tenant, order)
  if (checkout.facts.exchange) await completeExchange(ctx, tx, tenant, { checkout, order, at })
}

/** Lets go what a checkout holds that comes to nothing, or cancels its order, if it was made. */
export async function undoOwnStep(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  step: OwnStep,
): Promise<void> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a checkout belongs to a tenant')
  if (step === 'hold_order') return await letGo(tx, tenant, checkout)
  await moveOrder(tx, tenant, checkout.orderId, {
    from: 'pending',
    through: ['canceled'],
    cause: causeOf(checkout),
    at: ctx.clock.now({ tenantId: tenant }).round('microsecond'),
  })
}

const causeOf = ({ checkoutId }: Checkout): string => `checkout:${checkoutId}`

async function createOrder(
  tx: Tx,
  tenant: string,
  checkout: Checkout,
  { createdAt, isLast }: { createdAt: Temporal.Instant; isLast: boolean },
): Promise<void> {
  const { checkoutId, orderId, paymentId, userId, accountId, facts, request } = checkout
  const { totals, shipping } = facts
  assert(totals && request, 'a checkout that was charged has totals and its request')
  // Of a checkout that was priced before taxes were known, nothing is taxed.
  const { taxMinor = 0n, taxIncluded = false } = totals
  const order = {
    ...totals,
    taxMinor,
    taxIncluded,
    orderId,
    checkoutId,
    userId,
    accountId,
    contact: request.contact,
    state: 'pending' as const,
    version: 1,
    currency: facts.currency,
    paidMinor: totals.totalMinor,
    refundedMinor: 0n,
    refundingMinor: 0n,
    exchangedMinor: 0n,
    // Of an exchange they are noted below.
    exchangeOf: '',
    credits: [],
    creditMinor: 0n,
    heldBy: '',
    paymentId: dueMinor(facts) === 0n ? '' : paymentId,
    shippingMethodKey: shipping?.methodKey ?? '',
    shippingTitle: shipping?.title ?? '',
    shippingTaxes: facts.taxes?.shipping ?? [],
    lines: linesOfOrder(facts),
    createdAt,
    updatedAt: createdAt,
  }
  const { exchange } = facts
  // Committed along with it: until then, everybody else's order waits for its number.
  await insertOrder(tx, tenant, order, causeOf(checkout), { isLast: isLast && !exchange })
  if (exchange === undefined) return
  const { orderId: exchangeOf, credits = [] } = exchange
  await noteCredits(tx, tenant, orderId, { exchangeOf, credits })
}
