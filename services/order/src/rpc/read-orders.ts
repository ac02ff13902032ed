import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type GetOrderRequest,
  type GetOwnOrderRequest,
  type ListOrdersRequest,
  type ListOrdersResponse,
  ListOrdersResponseSchema,
  type ListOwnOrdersRequest,
  type LookUpOrderRequest,
} from '@purser/contracts/order/v1/life_cycle'
import type { Order as ProtoOrder } from '@purser/contracts/order/v1/sales_order'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { shopperOf } from '../checkout/owner.ts'
import type { OrderContext } from '../context.ts'
import type { Order } from '../domain/order.ts'
import { isOwn, unknownOrder } from '../orders/change-order.ts'
import { listExchanges } from '../store/exchange.ts'
import { listFailedParcels } from '../store/failed-parcel.ts'
import { findOrder } from '../store/order.ts'
import {
  findOrderByNumber,
  listOrders as readOrders,
  listTransitions,
  type OrderFilter,
} from '../store/order-list.ts'
import { listRefunds, listReturns } from '../store/order-work.ts'
import { fromProtoState, toProtoOrder } from './convert.ts'
import { toProtoWholeOrder } from './convert-life-cycle.ts'

/** Answers an order with its history. Throws `resource.not_found`. */
export function getOrder(ctx: OrderContext) {
  return async ({ tenant, orderId }: GetOrderRequest): Promise<ProtoOrder> =>
    await readWhole(ctx, tenant, (tx) => findOrder(tx, tenant, orderId))
}

/** Answers an order of the caller's own with its history. Throws `resource.not_found`. */
export function getOwnOrder(ctx: OrderContext) {
  return async (req: GetOwnOrderRequest, call: HandlerContext): Promise<ProtoOrder> => {
    const { tenant, orderId } = req
    const { userId } = shopperOf(call)
    return await readWhole(ctx, tenant, async (tx) => {
      const order = await findOrder(tx, tenant, orderId)
      return order && isOwn(order, userId) ? order : undefined
    })
  }
}

/** Answers a guest's order to whoever knows number and e-mail address. Throws `resource.not_found`. */
export function lookUpOrder(ctx: OrderContext) {
  return async ({ tenant, number, email }: LookUpOrderRequest): Promise<ProtoOrder> =>
    await readWhole(ctx, tenant, async (tx) => {
      const order = await findOrderByNumber(tx, tenant, { number, email })
      return order?.userId === '' ? order : undefined
    })
}

/** Lists orders, newest first. Throws `request.invalid` for a page token that no list answered, and for both troubles. */
export function listOrders(ctx: OrderContext) {
  return async (req: ListOrdersRequest): Promise<ListOrdersResponse> => {
    const { userId, accountId, state, hasFailedParcel, hasFailedRefund } = req
    if (hasFailedParcel && hasFailedRefund) {
      const message = 'Ask for failed parcels or for failed refunds.'
      const fields = [{ field: 'has_failed_refund', message: 'excludes has_failed_parcel' }]
      throw new PurserError('request.invalid', message, { fields })
    }
    return await list(ctx, req, {
      hasFailedParcel,
      hasFailedRefund,
      userId: userId || undefined,
      accountId: accountId || undefined,
      state: fromProtoState(state),
    })
  }
}

/** Lists orders of the caller's own, newest first. Throws as `listOrders`. */
export function listOwnOrders(ctx: OrderContext) {
  return async (req: ListOwnOrdersRequest, call: HandlerContext): Promise<ListOrdersResponse> => {
    const { userId } = shopperOf(call)
    const none = { hasFailedParcel: false, hasFailedRefund: false }
    return await list(ctx, req, { ...none, userId, accountId: undefined, state: undefined })
  }
}

async function readWhole(
  ctx: OrderContext,
  tenant: string,
  find: (tx: Tx) => Promise<Order | undefined>,
): Promise<ProtoOrder> {
  const read = async (tx: Tx) => {
    const order = await find(tx)
    if (order === undefined) throw unknownOrder()
    const { orderId } = order
    const transitions = await listTransitions(tx, tenant, orderId)
    const refunds = await listRefunds(tx, tenant, orderId)
    const returns = await listReturns(tx, tenant, orderId)
    const exchanges = await listExchanges(tx, tenant, orderId)
    const failedParcels = await listFailedParcels(tx, tenant, orderId)
    return { order, transitions, refunds, returns, exchanges, failedParcels }
  }
  const options = { readOnly: true, isolation: 'repeatable read' } as const
  const whole = await ctx.db.tx(tenant, read, options)
  const { orderId } = whole.order
  const asked = { tenant, orderId }
  const { invoices } = await ctx.clients.invoicing.listOrderInvoices(asked, asCheckout(ctx, tenant))
  return toProtoWholeOrder({ ...whole, invoices })
}

async function list(
  ctx: OrderContext,
  { tenant, pageSize: requested, pageToken }: ListOrdersRequest | ListOwnOrdersRequest,
  filter: OrderFilter,
): Promise<ListOrdersResponse> {
  const pageSize = pageSizeOf(requested)
  const beforeId = decodePageToken(pageToken, 1)?.[0]
  // One more than asked for tells whether there is another page.
  const question = { filter, beforeId, limit: pageSize + 1 }
  const found = await ctx.db.tx(tenant, (tx) => readOrders(tx, tenant, question), {
    readOnly: true,
  })
  const page = found.slice(0, pageSize)
  const last = found.length > pageSize ? page.at(-1) : undefined
  return create(ListOrdersResponseSchema, {
    orders: page.map(toProtoOrder),
    nextPageToken: last ? encodePageToken([last.orderId]) : '',
  })
}
