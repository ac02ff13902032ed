import { create } from '@bufbuild/protobuf'
import { type Invoice, InvoiceKind } from '@purser/contracts/invoicing/v1/invoicing'
import {
  type FailedParcel as ProtoFailedParcel,
  FailedParcelSchema,
  type Order as ProtoOrder,
  type OrderExchange as ProtoExchange,
  OrderExchangeSchema,
  OrderInvoiceSchema,
  type OrderRefund as ProtoRefund,
  OrderRefundSchema,
  OrderRefundState as ProtoRefundState,
  type OrderReturn as ProtoReturn,
  OrderReturnSchema,
  OrderState as ProtoState,
  OrderTransitionSchema,
  type VariantUnits,
} from '@purser/contracts/order/v1/sales_order'
import { toProtoTimestamp } from '@purser/rpc'
import type {
  FailedParcel,
  Order,
  OrderExchange,
  OrderRefund,
  OrderReturn,
  OrderTransition,
  Units,
} from '../domain/order.ts'
import { toProtoOrder, toProtoState } from './convert.ts'

const protoRefundStates = {
  open: ProtoRefundState.OPEN,
  succeeded: ProtoRefundState.SUCCEEDED,
  failed: ProtoRefundState.FAILED,
} as const satisfies Record<OrderRefund['state'], ProtoRefundState>

/** A refund of the contract. */
export function toProtoRefund(refund: OrderRefund): ProtoRefund {
  const { refundId, orderId, state, paymentId, amountMinor, currency, reason, failureCode } = refund
  return create(OrderRefundSchema, {
    refundId,
    orderId,
    state: protoRefundStates[state],
    amount: { amountCents: amountMinor, currency },
    reason,
    failureCode,
    paymentId,
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

function toProtoExchange(exchange: OrderExchange, currency: string): ProtoExchange {
  const { exchangeId, replacementId, returnId, valueMinor, differenceMinor, reason } = exchange
  return create(OrderExchangeSchema, {
    exchangeId,
    replacementId,
    returnId,
    value: { amountCents: valueMinor, currency },
    difference: { amountCents: differenceMinor, currency },
    reason,
    createTime: toProtoTimestamp(exchange.createdAt),
  })
}

function toProtoFailedParcel({ at, lines, ...parcel }: FailedParcel): ProtoFailedParcel {
  return create(FailedParcelSchema, {
    ...parcel,
    lines: lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity: BigInt(quantity) })),
    time: toProtoTimestamp(at),
  })
}

/** Units of a request. */
export function fromProtoUnits({ variantId, quantity }: VariantUnits): Units {
  return { variantId, quantity: Number(quantity) }
}

/** What belongs to an order beside itself. */
export type Whole = {
  order: Order
  transitions: readonly OrderTransition[]
  refunds: readonly OrderRefund[]
  returns: readonly OrderReturn[]
  exchanges: readonly OrderExchange[]
  failedParcels: readonly FailedParcel[]
  /** At invoicing. */
  invoices: readonly Invoice[]
}

/** An order with its history, refunds, returns and invoices. */
export function toProtoWholeOrder(whole: Whole): ProtoOrder {
  const { order, transitions, refunds, returns, exchanges, failedParcels, invoices } = whole
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
    exchanges: exchanges.map((each) => toProtoExchange(each, order.currency)),
    failedParcels: failedParcels.map(toProtoFailedParcel),
    invoices: invoices.map(({ invoiceId, number, kind, total, refundId }) =>
      create(OrderInvoiceSchema, {
        invoiceId,
        number,
        isCredit: kind === InvoiceKind.CREDIT,
        ...(total && { total }),
        refundId,
      }),
    ),
  }
}
