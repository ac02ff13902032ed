import type { ShippingContext } from '../context.ts'
import type { Shipment } from '../domain/shipment.ts'
import { askCarrier } from './ask-carrier.ts'
import { moveTo } from './move-to.ts'

/**
 * Calls a shipment off: at its carrier first, so that no label can come after it. Answers the shipment
 * as it is then, which may have left in the meantime; undefined when the carrier is silent.
 */
export async function voidLabel(
  ctx: ShippingContext,
  tenant: string,
  shipment: Shipment,
  cause: string,
): Promise<{ shipment: Shipment; hasMoved: boolean } | undefined> {
  const ref = { tenantId: tenant, key: shipment.shipmentId }
  const asked = await askCarrier(ctx, shipment.carrier, (port, signal) =>
    port.voidLabel(ref, signal),
  )
  if (asked.silent) return undefined
  return await ctx.db.tx(tenant, (tx) => moveTo(ctx, tx, shipment, { to: 'canceled', cause }))
}
