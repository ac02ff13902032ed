import type { HandlerContext } from '@connectrpc/connect'
import type {
  CancelShipmentRequest,
  Shipment as ProtoShipment,
} from '@purser/contracts/shipping/v1/shipment'
import { PurserError } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import { isLegal } from '../domain/shipment-state.ts'
import { voidLabel } from '../shipments/void-label.ts'
import { findShipment } from '../store/shipment.ts'
import { causeOf } from './cause-of.ts'
import { toProtoShipment } from './convert-shipment.ts'
import { unknownShipment } from './unknown-shipment.ts'

/**
 * Calls a shipment off: at its carrier first. Throws `resource.not_found`, `shipping.not_cancelable`
 * once the carrier has it or refused it, also when that is only learned now, `shipping.carrier_silent`.
 */
export function cancelShipment(ctx: ShippingContext) {
  return async (req: CancelShipmentRequest, call: HandlerContext): Promise<ProtoShipment> => {
    const { tenant, shipmentId } = req
    const shipment = await ctx.db.tx(tenant, (tx) => findShipment(tx, tenant, shipmentId), {
      readOnly: true,
    })
    if (shipment === undefined) throw unknownShipment()
    if (shipment.state === 'canceled') return toProtoShipment(shipment)
    if (!isLegal(shipment.state, 'canceled')) throw notCancelable(shipment.state)
    const ended = await voidLabel(ctx, tenant, shipment, causeOf(call))
    if (ended === undefined) {
      const message = 'The carrier does not answer: try again later.'
      throw new PurserError('shipping.carrier_silent', message)
    }
    if (ended.shipment.state === 'canceled') return toProtoShipment(ended.shipment)
    throw notCancelable(ended.shipment.state)
  }
}

function notCancelable(state: string): PurserError {
  const message = `A shipment that is ${state} cannot be canceled.`
  return new PurserError('shipping.not_cancelable', message, { details: { state } })
}
