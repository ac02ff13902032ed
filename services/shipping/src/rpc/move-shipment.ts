import type { HandlerContext } from '@connectrpc/connect'
import type {
  MoveShipmentRequest,
  Shipment as ProtoShipment,
} from '@purser/contracts/shipping/v1/shipment'
import { PurserError } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import type { ShipmentState, TrackedState } from '../domain/shipment-state.ts'
import { moveTo } from '../shipments/move-to.ts'
import { findShipment } from '../store/shipment.ts'
import { causeOf } from './cause-of.ts'
import { fromProtoState, toProtoShipment } from './convert-shipment.ts'
import { invalidField } from './invalid-field.ts'
import { unknownShipment } from './unknown-shipment.ts'

const places: readonly (ShipmentState | undefined)[] = [
  'shipped',
  'in_transit',
  'delivered',
  'returned',
  'failed',
] satisfies TrackedState[]

/**
 * Says where a shipment is, for a carrier that does not. Throws `request.invalid` for a state that is
 * none of the carrier's, `resource.not_found`, `shipping.illegal_move`.
 */
export function moveShipment(ctx: ShippingContext) {
  return async (req: MoveShipmentRequest, call: HandlerContext): Promise<ProtoShipment> => {
    const { tenant, shipmentId } = req
    const to = fromProtoState(req.state)
    if (to === undefined || !places.includes(to)) {
      throw invalidField('state', 'must be one that a carrier brings a parcel to')
    }
    return await ctx.db.tx(tenant, async (tx) => {
      const known = await findShipment(tx, tenant, shipmentId)
      if (known === undefined) throw unknownShipment()
      const failure = to === 'failed' ? { failureCode: 'lost' } : {}
      const { shipment } = await moveTo(ctx, tx, known, { to, ...failure, cause: causeOf(call) })
      if (shipment.state === to) return toProtoShipment(shipment)
      const message = `A shipment that is ${shipment.state} cannot become ${to}.`
      throw new PurserError('shipping.illegal_move', message, {
        details: { state: shipment.state },
      })
    })
  }
}
