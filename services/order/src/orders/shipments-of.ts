import { type Shipment, ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import type { OrderContext } from '../context.ts'
import type { PackedUnits, Shipped } from '../domain/parcel.ts'

/** The shipments of an order, as they stand now. */
export async function shipmentsOf(
  ctx: OrderContext,
  tenant: string,
  orderId: string,
): Promise<Shipped[]> {
  const found: Shipped[] = []
  const as = asCheckout(ctx, tenant)
  let pageToken = ''
  do {
    const page = await ctx.clients.shipping.listShipments({ tenant, orderId, pageToken }, as)
    found.push(...page.shipments.map((each) => fromProtoShipment(orderId, each)))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return found
}

function fromProtoShipment(orderId: string, { shipmentId, state, lines }: Shipment): Shipped {
  const units = lines.flatMap(({ orderLineId, quantity }) =>
    unitsOfLine(orderId, orderLineId, Number(quantity)),
  )
  return { shipmentId, hasFailed: state === ShipmentState.FAILED, units }
}

/** Units of a line that shipping names `<order>.<number>`; none of a line of something else. */
export function unitsOfLine(orderId: string, lineId: string, quantity: number): PackedUnits[] {
  const lineNumber = Number(lineId.slice(orderId.length + 1))
  if (!lineId.startsWith(`${orderId}.`) || !Number.isSafeInteger(lineNumber)) return []
  return [{ lineNumber, quantity }]
}
