import { create } from '@bufbuild/protobuf'
import {
  type Order as ProtoOrder,
  type OrderRefund as ProtoRefund,
  OrderRefundSchema,
  OrderRefundState as ProtoRefundState,
  type OrderReturn as ProtoReturn,
  OrderReturnSchema,
  OrderState as ProtoState,
  OrderTransitionSchema,
} from '@purser/contracts/order/v1/sales_order'
import { toProtoTimestamp } from '@purser/rpc'
import type { Order, OrderRefund, OrderReturn, OrderTransition } from '../domain/order.ts'
import { toProtoOrder, toProtoState } from './convert.ts'

const protoRefundStates = {
  open: ProtoRefundState.OPEN,
  succeeded: ProtoRefundState.SUCCEEDED,
  failed: ProtoRefundState.FAILED,
} as const satisfies Record<OrderRefund['state'], ProtoRefundState>

/** A refund of the contract. */
export function toProtoRefund(refund: OrderRefund): ProtoRefund {
  const { refundId, orderId, state, amountMinor, currency, reason, failureCode } = refund
  return create(OrderRefundSchema, {
    refundId,
    orderId,
    state: protoRefundStates[state],
    amount: { amountCents: amountMinor, currency },
    reason,
    failureCode,
    createTime: toProtoTimestamp(refund.createdAt),
  })
}

/** A return of the contract. */
export function toProtoReturn(returned: OrderReturn): ProtoReturn {
  const { returnId, orderId, lines, reason, refundId, isRestocked } = returned
  return create(OrderReturnSchema, {
    returnId,
    orderId,
    lines: lines.map(({ variantId, quantity }) => ({ variantId, quantity: BigInt(quantity) })),
    reason,
    refundId,
    isRestocked,
    createTime: toProtoTimestamp(returned.createdAt),
  })
}

/** What belongs to an order beside itself. */
export type Whole = {
  order: Order
  transitions: readonly OrderTransition[]
  refunds: readonly OrderRefund[]
  returns: readonly OrderReturn[]
}

/** An order with its history, refunds and returns. */
export function toProtoWholeOrder({ order, transitions, refunds, returns }: Whole): ProtoOrder {
  return {
    ...toProtoOrder(order),
    transitions: transitions.map(({ number, from, to, cause, at }) =>
      create(OrderTransitionSchema, {
        number,
        fromState: from === undefined ? ProtoState.UNSPECIFIED : toProtoState(from),
        toState: toProtoState(to),
        cause,
        time: toProtoTimestamp(at),
      }),
    ),
    refunds: refunds.map(toProtoRefund),
    returns: returns.map(toProtoReturn),
  }
}
