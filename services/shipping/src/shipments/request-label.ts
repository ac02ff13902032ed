import { backOff } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import type { LabelOutcome } from '../domain/carrier.ts'
import type { Shipment } from '../domain/shipment.ts'
import { postponeCheck, type ShipmentMove } from '../store/shipment.ts'
import { askCarrier } from './ask-carrier.ts'
import { moveTo } from './move-to.ts'
import { voidLabel } from './void-label.ts'

/**
 * Asks the carrier for the label of a shipment that is `created`, under the key that it always has,
 * and stores the answer; after silence it is asked again later. Without an address, which was erased,
 * nothing can be sent: the shipment is called off.
 */
export async function requestLabel(
  ctx: ShippingContext,
  tenant: string,
  shipment: Shipment,
  cause: string,
): Promise<Shipment> {
  const { shipmentId: key, carrier, carrierService: service, recipient, weightGrams } = shipment
  if (recipient === undefined) {
    return (await voidLabel(ctx, tenant, shipment, cause))?.shipment ?? shipment
  }
  const request = { tenantId: tenant, key, service, recipient, weightGrams }
  const asked = await askCarrier(ctx, carrier, (port, signal) => port.createLabel(request, signal))
  return await ctx.db.tx(tenant, async (tx) => {
    if (asked.silent) {
      const checkAt = backOff(ctx.clock.now(), shipment.checkCount)
      const checkCount = shipment.checkCount + 1
      await postponeCheck(tx, tenant, shipment, { checkAt, checkCount })
      return shipment
    }
    const move = { ...moveOf(asked.value), cause }
    return (await moveTo(ctx, tx, shipment, move)).shipment
  })
}

function moveOf(outcome: LabelOutcome): Omit<ShipmentMove, 'cause' | 'at'> {
  if (outcome.state === 'ready') {
    return { to: 'label_ready', trackingNumber: outcome.trackingNumber }
  }
  // Voided: somebody called it off, and did not get to store that.
  return outcome.state === 'refused' ? { to: 'failed', failureCode: 'refused' } : { to: 'canceled' }
}
