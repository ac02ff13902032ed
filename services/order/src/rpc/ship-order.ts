import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ShipOrderRequest,
  type ShipOrderResponse,
  ShipOrderResponseSchema,
} from '@purser/contracts/order/v1/life_cycle'
import { recordAct } from '@purser/idempotency'
import { assert, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { definiteRefusal } from '../checkout/refusal.ts'
import type { OrderContext } from '../context.ts'
import { linesToSend, unsentLines } from '../domain/fulfilment.ts'
import type { Order } from '../domain/order.ts'
import {
  type PackedUnits,
  packedUnits,
  type Parcel,
  type Shipped,
  wasPacked,
} from '../domain/parcel.ts'
import { type Change, changeOrder } from '../orders/change-order.ts'
import { shipmentsOf } from '../orders/shipments-of.ts'
import { listFailedParcels } from '../store/failed-parcel.ts'
import { moveOrder } from '../store/order.ts'
import { insertParcel, listParcels, noteShipment, removeParcel } from '../store/parcel.ts'
import { orderLineId, toProtoOrder } from './convert.ts'

/**
 * Makes a parcel. It is noted and the order is `fulfilling` before the carrier is asked, so that nobody calls it off
 * meanwhile; whoever repeats the call with its key asks for the same parcel. One that shipping refuses is forgotten, and
 * the order is as it was. Throws `resource.not_found`, `order.not_shippable`, and what shipping refuses, such as
 * units that are in another parcel.
 */
export function shipOrder(ctx: OrderContext) {
  return async (req: ShipOrderRequest, call: HandlerContext): Promise<ShipOrderResponse> => {
    const { tenant, orderId, idempotencyKey: parcelKey } = req
    const shipments = req.lines.length === 0 ? await shipmentsOf(ctx, tenant, orderId) : []
    const changed = { tenant, orderId, userId: undefined, call }
    let units: readonly PackedUnits[] = []
    const order = await changeOrder(ctx, changed, async (change) => {
      units = await pack(change, req, shipments)
      const object = { order_id: orderId }
      await recordAct(change.tx, call, { object, occurredAt: change.at })
    })
    const shipmentId = await createShipment(ctx, req, order, units).catch(
      async (error: unknown): Promise<never> => {
        if (definiteRefusal(error)) await unpack(ctx, req, call)
        throw error
      },
    )
    const packed = await changeOrder(ctx, changed, async (change) => {
      await requireNotCanceled(change, parcelKey)
      await noteShipment(change.tx, tenant, orderId, {
        parcelKey,
        shipmentId,
        units,
        at: change.at,
      })
      // Another call with the key may have been refused meanwhile.
      await beginFulfilling(change)
    })
    return create(ShipOrderResponseSchema, { shipmentId, order: toProtoOrder(packed) })
  }
}

async function createShipment(
  ctx: OrderContext,
  { tenant, orderId, idempotencyKey }: ShipOrderRequest,
  order: Order,
  units: readonly PackedUnits[],
): Promise<string> {
  const { recipient: name, email, shippingAddress } = order.contact
  const { lines: street, ...place } = shippingAddress
  const parts = units.map(({ lineNumber, quantity }) => {
    const line = order.lines.find((each) => each.lineNumber === lineNumber)
    assert(line, 'lines of an order are never removed')
    return { line, quantity }
  })
  const { shipmentId } = await ctx.clients.shipping.createShipment(
    {
      tenant,
      idempotencyKey: `${orderId}/${idempotencyKey}`,
      orderId,
      accountId: order.accountId,
      methodKey: order.shippingMethodKey,
      recipient: { name, email, address: { lines: [...street], ...place } },
      lines: parts.map(({ line, quantity }) => ({
        orderLineId: orderLineId(orderId, line.lineNumber),
        quantity: BigInt(quantity),
        orderedQuantity: BigInt(line.quantity),
      })),
      weightGrams: parts.reduce(
        (sum, { line, quantity }) => sum + BigInt(quantity) * BigInt(line.weightGrams),
        0n,
      ),
    },
    asCheckout(ctx, tenant),
  )
  return shipmentId
}

/** Notes what is in the parcel and moves the order; a parcel that was asked for before stays as it is. */
async function pack(
  { tx, tenant, order, cause, at }: Change,
  req: ShipOrderRequest,
  shipments: readonly Shipped[],
): Promise<readonly PackedUnits[]> {
  const { orderId } = order
  const parcels = await listParcels(tx, tenant, orderId)
  const asked = named(order, req)
  const known = parcels.find(({ parcelKey }) => parcelKey === req.idempotencyKey)
  if (known?.isCanceled) throw calledOff()
  if (known === undefined || known.shipmentId === '') await requireSendable(tx, tenant, order)
  // Other lines than those of the key are refused by shipping, if they got there.
  if (known) return asked.length > 0 ? asked : known.units
  // What shipping was not asked for yet, it refuses to send twice.
  const units = asked.length > 0 ? asked : unpacked(order, parcels, shipments)
  if (units.length === 0) throw notShippable('nothing is left to send')
  await insertParcel(tx, tenant, orderId, { parcelKey: req.idempotencyKey, units, at })
  await beginFulfilling({ tx, tenant, order, cause, at })
  return units
}

function unpacked(
  order: Order,
  parcels: readonly Parcel[],
  shipments: readonly Shipped[],
): PackedUnits[] {
  const canceled = parcels.filter(({ isCanceled }) => isCanceled)
  return unsentLines({ lines: linesToSend(order) }, packedUnits(canceled, shipments)).map(
    ({ line: { lineNumber }, quantity }) => ({ lineNumber, quantity }),
  )
}

/** Passes unless another call called the parcel off while shipping was asked for it again. Throws `order.not_shippable`. */
async function requireNotCanceled(
  { tx, tenant, order: { orderId } }: Change,
  wanted: string,
): Promise<void> {
  const parcels = await listParcels(tx, tenant, orderId)
  if (parcels.some(({ parcelKey, isCanceled }) => isCanceled && parcelKey === wanted)) {
    throw calledOff()
  }
}

async function beginFulfilling({ tx, tenant, order, cause, at }: Change): Promise<void> {
  const { orderId, state: from } = order
  if (from !== 'paid') return
  await moveOrder(tx, tenant, orderId, { from, through: ['fulfilling'], cause, at })
}

/** What the carrier lost of an order that has left is sent again. Throws `order.not_shippable`. */
async function requireSendable(tx: Tx, tenant: string, order: Order): Promise<void> {
  const { orderId, state } = order
  if (linesToSend(order).length === 0) throw notShippable('nothing of it has to be sent')
  if (state === 'paid' || state === 'fulfilling') return
  const failed = state === 'shipped' ? await listFailedParcels(tx, tenant, orderId) : []
  if (failed.length === 0) throw notShippable(`it is ${state}`)
}

/** The units that a request names, in the order of their lines. Throws `order.not_shippable`. */
function named(order: Order, { lines: wanted }: ShipOrderRequest): PackedUnits[] {
  const goods = linesToSend(order)
  const missing = wanted.find(({ variantId }) => goods.every((line) => line.itemId !== variantId))
  if (missing) throw notShippable(`${missing.variantId} is nothing of it that has to be sent`)
  if (new Set(wanted.map(({ variantId }) => variantId)).size < wanted.length) {
    throw notShippable('a variant is named twice')
  }
  return goods.flatMap(({ lineNumber, itemId }) => {
    const asked = wanted.find(({ variantId }) => variantId === itemId)
    return asked ? [{ lineNumber, quantity: Number(asked.quantity) }] : []
  })
}

/** Forgets a parcel that shipping refused: the order is `paid` again, unless something else of it was packed. */
async function unpack(
  ctx: OrderContext,
  { tenant, orderId, idempotencyKey }: ShipOrderRequest,
  call: HandlerContext,
): Promise<void> {
  // Read after the refusal: a parcel that is asked for now is noted with the order, which is locked below.
  const changed = { tenant, orderId, userId: undefined, call }
  const shipments = await shipmentsOf(ctx, tenant, orderId)
  await changeOrder(ctx, changed, async ({ tx, order: { state: from }, cause, at }) => {
    await removeParcel(tx, tenant, orderId, idempotencyKey)
    const others = await listParcels(tx, tenant, orderId)
    if (from !== 'fulfilling' || wasPacked(others, shipments)) return
    await moveOrder(tx, tenant, orderId, { from, through: ['paid'], cause, at })
  })
}

function calledOff(): PurserError {
  return notShippable('the parcel of this key was called off, use a new key for another one')
}

function notShippable(why: string): PurserError {
  return new PurserError('order.not_shippable', `The order cannot be sent: ${why}.`)
}
