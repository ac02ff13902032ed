import { create } from '@bufbuild/protobuf'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { GetShipmentLabelRequest } from '@purser/contracts/shipping/v1/shipment'
import { PurserError } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import { isVoid } from '../domain/shipment-state.ts'
import { findShipment } from '../store/shipment.ts'
import { unknownShipment } from './unknown-shipment.ts'

/**
 * Answers the label of a shipment as a PDF file, always the same bytes. Throws `resource.not_found`,
 * `shipping.label_not_ready` where there is none, or no address any more.
 */
export function getShipmentLabel(ctx: ShippingContext) {
  return async ({ tenant, shipmentId }: GetShipmentLabelRequest): Promise<HttpBody> => {
    const shipment = await ctx.db.tx(tenant, (tx) => findShipment(tx, tenant, shipmentId), {
      readOnly: true,
    })
    if (shipment === undefined) throw unknownShipment()
    const { recipient, state } = shipment
    if (recipient === undefined || state === 'created' || isVoid(state)) {
      const message = recipient ? `It is ${state}: it has no label.` : 'Its address was erased.'
      throw new PurserError('shipping.label_not_ready', message)
    }
    // Fonts and the library that draws cost every start a quarter of a second, and few processes draw.
    const { renderLabel } = await import('../label/render-label.ts')
    const data = await renderLabel({ ...shipment, recipient })
    return create(HttpBodySchema, { contentType: 'application/pdf', data })
  }
}
