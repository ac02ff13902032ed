import type { HandlerContext } from '@connectrpc/connect'
import type {
  UpdateOrderAddressRequest,
  UpdateOwnOrderAddressRequest,
} from '@purser/contracts/order/v1/life_cycle'
import type { Order } from '@purser/contracts/order/v1/sales_order'
import { normalRegion, PurserError } from '@purser/kernel'
import { shopperOf } from '../checkout/owner.ts'
import type { OrderContext } from '../context.ts'
import { changeOrder } from '../orders/change-order.ts'
import { updateAddress } from '../store/order-address.ts'
import { fromProtoAddress, toProtoOrder } from './convert.ts'

/** Changes where an order goes. Throws what `update` throws. */
export function updateOrderAddress(ctx: OrderContext) {
  return async (req: UpdateOrderAddressRequest, call: HandlerContext): Promise<Order> =>
    await update(ctx, req, undefined, call)
}

/** Changes where an order of the caller's own goes. Throws what `update` throws. */
export function updateOwnOrderAddress(ctx: OrderContext) {
  return async (req: UpdateOwnOrderAddressRequest, call: HandlerContext): Promise<Order> =>
    await update(ctx, req, shopperOf(call).userId, call)
}

/**
 * Throws `resource.not_found`, `order.not_editable` once it is packed, for another country, and for another region when
 * it was taxed.
 */
async function update(
  ctx: OrderContext,
  req: UpdateOrderAddressRequest | UpdateOwnOrderAddressRequest,
  userId: string | undefined,
  call: HandlerContext,
): Promise<Order> {
  const { tenant, orderId, recipient, phone } = req
  const shippingAddress = fromProtoAddress(req.shippingAddress)
  const changed = { tenant, orderId, userId, call }
  const order = await changeOrder(ctx, changed, async ({ tx, order: known, at }) => {
    const { state, contact, taxMinor } = known
    if (state !== 'confirmed' && state !== 'paid') throw notEditable(`it is ${state}`)
    if (shippingAddress.country !== contact.shippingAddress.country) {
      throw notEditable('delivery was priced for another country')
    }
    const [before, after] = [contact.shippingAddress, shippingAddress].map((each) =>
      normalRegion(each.country, each.region),
    )
    if (taxMinor > 0n && before !== after) {
      throw notEditable('taxes were computed for another region')
    }
    await updateAddress(tx, tenant, orderId, { recipient, phone, shippingAddress, at })
  })
  return toProtoOrder(order)
}

function notEditable(why: string): PurserError {
  return new PurserError('order.not_editable', `The address cannot be changed: ${why}.`)
}
