import { create } from '@bufbuild/protobuf'
import {
  type ListShipmentsRequest,
  type ListShipmentsResponse,
  ListShipmentsResponseSchema,
} from '@purser/contracts/shipping/v1/shipment'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { ShippingContext } from '../context.ts'
import { listShipments as readShipments } from '../store/shipment-list.ts'
import { fromProtoState, toProtoShipment } from './convert-shipment.ts'

/** Lists shipments, newest first. Throws `request.invalid` for a page token that no list answered. */
export function listShipments(ctx: ShippingContext) {
  return async (req: ListShipmentsRequest): Promise<ListShipmentsResponse> => {
    const { tenant, orderId } = req
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      filter: { orderId: orderId || undefined, state: fromProtoState(req.state) },
      beforeId: decodePageToken(req.pageToken, 1)?.[0],
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(tenant, (tx) => readShipments(tx, tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListShipmentsResponseSchema, {
      shipments: page.map(toProtoShipment),
      nextPageToken: last ? encodePageToken([last.shipmentId]) : '',
    })
  }
}
