import type {
  GetShipmentRequest,
  Shipment as ProtoShipment,
} from '@purser/contracts/shipping/v1/shipment'
import type { ShippingContext } from '../context.ts'
import { findShipment, listTransitions } from '../store/shipment.ts'
import { toProtoWholeShipment } from './convert-shipment.ts'
import { unknownShipment } from './unknown-shipment.ts'

/** Answers a shipment with its history. Throws `resource.not_found`. */
export function getShipment(ctx: ShippingContext) {
  return async ({ tenant, shipmentId }: GetShipmentRequest): Promise<ProtoShipment> => {
    return await ctx.db.tx(
      tenant,
      async (tx) => {
        const shipment = await findShipment(tx, tenant, shipmentId)
        if (shipment === undefined) throw unknownShipment()
        return toProtoWholeShipment(shipment, await listTransitions(tx, tenant, shipmentId))
      },
      { readOnly: true },
    )
  }
}
