import type { HandlerContext } from '@connectrpc/connect'
import type { CancelParcelRequest } from '@purser/contracts/order/v1/life_cycle'
import type { Order as ProtoOrder } from '@purser/contracts/order/v1/sales_order'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import type { OrderContext } from '../context.ts'
import { linesOfUnits } from '../domain/fulfilment.ts'
import { type Parcel, wasPacked } from '../domain/parcel.ts'
import { type Change, changeOrder, settleLater } from '../orders/change-order.ts'
import { shipmentsOf } from '../orders/shipments-of.ts'
import { takeBack } from '../orders/take-back.ts'
import { moveOrder } from '../store/order.ts'
import { cancelParcel as noteCanceled, listParcels } from '../store/parcel.ts'
import { toProtoOrder } from './convert.ts'

/**
 * Calls a parcel off before the carrier has it: at the carrier first, and then its units can be sent again, or the order be
 * called off when nothing else of it is packed. Those of an order whose money went back return to the shelf. Again changes
 * nothing, and goes on where an earlier call died. Throws `resource.not_found`, `shipping.not_cancelable`, `shipping.carrier_silent`.
 */
export function cancelParcel(ctx: OrderContext) {
  return async (req: CancelParcelRequest, call: HandlerContext): Promise<ProtoOrder> => {
    const { tenant, orderId, shipmentId } = req
    const find = (tx: Tx) => listParcels(tx, tenant, orderId)
    const parcels = await ctx.db.tx(tenant, find, { readOnly: true })
    const parcel = parcels.find((each) => each.shipmentId === shipmentId)
    if (parcel === undefined) throw unknownParcel()
    await ctx.clients.shipping.cancelShipment({ tenant, shipmentId }, asCheckout(ctx, tenant))
    // A parcel that is asked for from now on is noted with the order, which is locked below.
    const shipments = await shipmentsOf(ctx, tenant, orderId)
    const changed = { tenant, orderId, userId: undefined, call }
    const order = await changeOrder(ctx, changed, async (change) => {
      const { tx, order: now, cause, at } = change
      if (!(await noteCanceled(tx, tenant, orderId, { shipmentId, at }))) return
      if (now.state === 'refunded') await keepUnits(ctx, change, parcel)
      const isPacked = wasPacked(await listParcels(tx, tenant, orderId), shipments)
      if (now.state !== 'fulfilling' || isPacked) return
      await moveOrder(tx, tenant, orderId, { from: now.state, through: ['paid'], cause, at })
    })
    return toProtoOrder(order)
  }
}

/** Puts what was in a parcel on the shelf again, but for what an operator took back already. */
async function keepUnits(ctx: OrderContext, change: Change, { units }: Parcel): Promise<void> {
  const { tx, tenant, order } = change
  const parts = linesOfUnits(order, units)
  if (parts.length === 0) return
  const reason = 'refunded before it was sent'
  await takeBack(change, parts, { returnId: newId('ret'), refundId: '', reason })
  await settleLater(ctx, tx, tenant, order.orderId)
}

function unknownParcel(): PurserError {
  const message =
    'The order has no such parcel. One whose answer was lost is asked for again with its key first.'
  return new PurserError('resource.not_found', message)
}
