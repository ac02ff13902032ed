import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import type { FillCartRequestSchema } from '@purser/contracts/cart/v1/checkout'
import {
  ReorderedLineSchema,
  type ReorderGuestOrderRequest,
  type ReorderOwnOrderRequest,
  type ReorderResponse,
  ReorderResponseSchema,
} from '@purser/contracts/order/v1/reorder'
import { hashTexts } from '@purser/idempotency'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { shopperOf } from '../checkout/owner.ts'
import type { OrderContext } from '../context.ts'
import type { Order, OrderLine } from '../domain/order.ts'
import { isOwn, unknownOrder } from '../orders/change-order.ts'
import { findOrder } from '../store/order.ts'
import { findOrderByNumber } from '../store/order-list.ts'
import { orderLineId } from './convert.ts'

const KEY_HEADER = 'idempotency-key'

/** Puts an order of the caller's own into their cart again. Throws `resource.not_found`, and what FillCart refuses. */
export function reorderOwnOrder(ctx: OrderContext) {
  return async (req: ReorderOwnOrderRequest, call: HandlerContext): Promise<ReorderResponse> => {
    const { tenant, orderId } = req
    const { userId } = shopperOf(call)
    const order = await ctx.db.tx(tenant, (tx) => findOrder(tx, tenant, orderId), {
      readOnly: true,
    })
    if (order === undefined || !isOwn(order, userId)) throw unknownOrder()
    return await fill(ctx, { tenant, order, call, cart: { userId } })
  }
}

/** Puts a guest's order into a guest's cart. Throws as `reorderOwnOrder`. */
export function reorderGuestOrder(ctx: OrderContext) {
  return async (req: ReorderGuestOrderRequest, call: HandlerContext): Promise<ReorderResponse> => {
    const { tenant, cartId, cartToken } = req
    const order = await ctx.db.tx(tenant, (tx) => findOrderByNumber(tx, tenant, req), {
      readOnly: true,
    })
    if (order?.userId !== '') throw unknownOrder()
    return await fill(ctx, { tenant, order, call, cart: { cartId, cartToken } })
  }
}

type Reorder = {
  tenant: string
  order: Order
  call: HandlerContext
  cart: Pick<MessageInitShape<typeof FillCartRequestSchema>, 'userId' | 'cartId' | 'cartToken'>
}

async function fill(
  ctx: OrderContext,
  { tenant, order, call, cart: into }: Reorder,
): Promise<ReorderResponse> {
  const { orderId, currency } = order
  const lines = order.lines.map((line) => ({
    thing:
      line.kind === 'plan'
        ? { case: 'planKey' as const, value: line.itemId }
        : { case: 'variantId' as const, value: line.itemId },
    quantity: BigInt(line.quantity),
    oldPrice: { amountCents: line.unitMinor, currency },
  }))
  const answer = await ctx.clients.cart.fillCart(
    { tenant, ...into, currency, lines },
    { ...asCheckout(ctx, tenant), headers: keyOf(call, [orderId, ...Object.values(into)]) },
  )
  return create(ReorderResponseSchema, {
    ...(answer.cart && { cart: answer.cart }),
    lines: order.lines.map((line, index) =>
      create(ReorderedLineSchema, {
        ...namesOf(orderId, line),
        isAdded: answer.lines[index]?.isAdded ?? false,
        changes: answer.lines[index]?.changes ?? [],
      }),
    ),
  })
}

/**
 * The key of the cart's part: made of the caller's, so that a process that dies between the cart and its own
 * reply adds nothing twice. None when the caller has none.
 */
function keyOf(
  call: HandlerContext,
  scope: readonly (string | undefined)[],
): Record<string, string> {
  const key = call.requestHeader.get(KEY_HEADER)
  if (key === null) return {}
  const texts = ['reorder', key, ...scope.map((text) => text ?? '')]
  return { [KEY_HEADER]: hashTexts(texts).toString('hex') }
}

function namesOf(orderId: string, line: OrderLine) {
  const isPlan = line.kind === 'plan'
  return {
    orderLineId: orderLineId(orderId, line.lineNumber),
    variantId: isPlan ? '' : line.itemId,
    planKey: isPlan ? line.itemId : '',
    title: line.title,
    quantity: BigInt(line.quantity),
  }
}
