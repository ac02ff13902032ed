import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ShipOrderRequest,
  type ShipOrderResponse,
  ShipOrderResponseSchema,
} from '@purser/contracts/order/v1/life_cycle'
import { recordAct } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import type { OrderContext } from '../context.ts'
import type { Order } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { changeOrder } from '../orders/change-order.ts'
import { listFailedParcels } from '../store/failed-parcel.ts'
import { moveOrder } from '../store/order.ts'
import { orderLineId, toProtoOrder } from './convert.ts'

/**
 * Makes a parcel. The order is `fulfilling` before the carrier is asked, so that nobody calls it off
 * meanwhile; whoever repeats the call with its key asks for the same parcel. Throws
 * `resource.not_found`, `order.not_shippable`, and what shipping refuses, such as units that are under way.
 */
export function shipOrder(ctx: OrderContext) {
  return async (req: ShipOrderRequest, call: HandlerContext): Promise<ShipOrderResponse> => {
    const { tenant, orderId, idempotencyKey } = req
    const changed = { tenant, orderId, userId: undefined, call }
    const order = await changeOrder(ctx, changed, async ({ tx, order: { state }, cause, at }) => {
      if (!(await canBeSent(tx, tenant, orderId, state))) throw notShippable(`it is ${state}`)
      if (state === 'paid') {
        await moveOrder(tx, tenant, orderId, { from: state, through: ['fulfilling'], cause, at })
      }
      await recordAct(tx, call, { object: { order_id: orderId }, occurredAt: at })
    })
    const { recipient: name, email, shippingAddress } = order.contact
    const { lines: street, ...place } = shippingAddress
    const shipment = await ctx.clients.shipping.createShipment(
      {
        tenant,
        idempotencyKey: `${orderId}/${idempotencyKey}`,
        orderId,
        accountId: order.accountId,
        methodKey: order.shippingMethodKey,
        recipient: { name, email, address: { lines: [...street], ...place } },
        ...contentOf(order, req),
      },
      asCheckout(ctx, tenant),
    )
    const { shipmentId } = shipment
    return create(ShipOrderResponseSchema, { shipmentId, order: toProtoOrder(order) })
  }
}

/** Whether something of an order may leave: what the carrier lost of one that has left is sent again. */
async function canBeSent(
  tx: Tx,
  tenant: string,
  orderId: string,
  state: OrderState,
): Promise<boolean> {
  if (state === 'paid' || state === 'fulfilling') return true
  return state === 'shipped' && (await listFailedParcels(tx, tenant, orderId)).length > 0
}

/** What is in the parcel; throws `order.not_shippable` for what is not in the order, and for nothing. */
function contentOf(order: Order, { lines: wanted }: ShipOrderRequest) {
  const goods = order.lines.filter(({ kind }) => kind === 'goods')
  const missing = wanted.find(({ variantId }) => goods.every((line) => line.itemId !== variantId))
  if (missing) throw notShippable(`${missing.variantId} is not in it`)
  const parts = goods.flatMap((line) => {
    const asked = wanted.find(({ variantId }) => variantId === line.itemId)?.quantity ?? 0n
    const rest = line.quantity - line.shippedQuantity
    const quantity = wanted.length === 0 ? BigInt(rest) : asked
    return quantity > 0n ? [{ line, quantity }] : []
  })
  if (parts.length === 0) throw notShippable('nothing is left to send')
  return {
    lines: parts.map(({ line, quantity }) => ({
      orderLineId: orderLineId(order.orderId, line.lineNumber),
      quantity,
      orderedQuantity: BigInt(line.quantity),
    })),
    weightGrams: parts.reduce(
      (sum, { line, quantity }) => sum + quantity * BigInt(line.weightGrams),
      0n,
    ),
  }
}

function notShippable(why: string): PurserError {
  return new PurserError('order.not_shippable', `The order cannot be sent: ${why}.`)
}
