import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { linesOfOrder } from '../domain/price-checkout.ts'
import { publishOrderConfirmed } from '../events.ts'
import { insertOrder, moveOrder } from '../store/order.ts'
import type { OwnStep } from './do-step.ts'

/** Does a step of this service's own, in the transaction that writes how it ended. */
export async function doOwnStep(
  ctx: OrderContext,
  tx: Tx,
  checkout: Checkout,
  step: OwnStep,
): Promise<void> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a checkout belongs to a tenant')
  const at = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  if (step === 'create_order') return await createOrder(tx, tenant, checkout, at)
  const order = await moveOrder(tx, tenant, checkout.orderId, {
    from: 'pending',
    through: ['confirmed', 'paid'],
    cause: causeOf(checkout),
    at,
  })
  assert(order, 'the order of a checkout is pending until it is confirmed')
  await publishOrderConfirmed(tx, tenant, order)
}

/** Cancels the order of a checkout that comes to nothing, if it was made. */
export async function undoOrder(ctx: OrderContext, tx: Tx, checkout: Checkout): Promise<void> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a checkout belongs to a tenant')
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
  createdAt: Temporal.Instant,
): Promise<void> {
  const { checkoutId, orderId, paymentId, userId, accountId, facts, request } = checkout
  const { totals, shipping } = facts
  assert(totals && request, 'a checkout that was charged has totals and its request')
  const order = {
    ...totals,
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
    paymentId: totals.totalMinor === 0n ? '' : paymentId,
    shippingMethodKey: shipping?.methodKey ?? '',
    shippingTitle: shipping?.title ?? '',
    lines: linesOfOrder(facts),
    createdAt,
    updatedAt: createdAt,
  }
  await insertOrder(tx, tenant, order, causeOf(checkout))
}
