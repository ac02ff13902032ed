import {
  type Order,
  OrderRefundState,
  type OrderState,
} from '@purser/contracts/order/v1/sales_order'
import type { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { waitFor } from '@purser/testing'
import type { CheckoutBed } from './checkout-bed.ts'
import { asTest, buy, CURRENCY, fillCart, TENANT } from './shop.ts'

const tenant = TENANT
/** A refund that is in doubt is asked about later. */
const SETTLING = { timeoutMs: 30_000 }

/** An order with its history. */
export async function getOrder({ client }: CheckoutBed, orderId: string): Promise<Order> {
  return await client.order.getOrder({ tenant, orderId }, asTest)
}

/** Sends all of an order, and waits until it is where its parcel is. */
export async function deliver(
  bed: CheckoutBed,
  orderId: string,
  to: { shipment: ShipmentState; order: OrderState },
): Promise<void> {
  const parcel = { tenant, orderId, idempotencyKey: 'whole' }
  const { shipmentId } = await bed.client.order.shipOrder(parcel, asTest)
  await bed.client.shipping.moveShipment({ tenant, shipmentId, state: to.shipment }, asTest)
  await waitFor(async () => (await getOrder(bed, orderId)).state === to.order, SETTLING)
}

/** Waits until nothing of an order is on its way back. */
export async function settledOrder(bed: CheckoutBed, orderId: string): Promise<Order> {
  return await waitFor(async () => {
    const order = await getOrder(bed, orderId)
    const isOpen =
      order.refunds.some(({ state }) => state === OrderRefundState.OPEN) ||
      order.returns.some(({ isRestocked }) => !isRestocked)
    return isOpen ? undefined : order
  }, SETTLING)
}

/** An order of units of a variant that has left. */
export async function shippedOrder(
  bed: CheckoutBed,
  variantId: string,
  quantity: bigint,
  to: { shipment: ShipmentState; order: OrderState },
): Promise<string> {
  const { order } = await buy(bed, await fillCart(bed, [variantId], quantity))
  const orderId = order?.orderId ?? ''
  await deliver(bed, orderId, to)
  return orderId
}

/** What an operator sends to exchange units of one variant for units of another. */
export function exchangeOf({
  orderId,
  back,
  replacement,
  cents,
  token = 'tok_success',
  key = crypto.randomUUID() as string,
}: {
  orderId: string
  back: [variantId: string, quantity: bigint]
  replacement: [variantId: string, quantity: bigint]
  /** What is expected to be paid, or, below zero, to be given back. */
  cents: bigint
  token?: string
  key?: string
}) {
  const unitsOf = ([variantId, quantity]: [string, bigint]) => [{ variantId, quantity }]
  return {
    tenant,
    orderId,
    idempotencyKey: key,
    lines: unitsOf(back),
    replacement: unitsOf(replacement),
    expectedDifference: { amountCents: cents, currency: CURRENCY },
    reason: 'another size',
    ...(cents > 0n && { method: { case: 'paymentMethodToken' as const, value: token } }),
  }
}
