import { create } from '@bufbuild/protobuf'
import { AddressSchema, type Address as ProtoAddress } from '@purser/contracts/common/v1/common'
import {
  type Checkout as ProtoCheckout,
  CheckoutSchema,
  CheckoutState as ProtoCheckoutState,
  type CheckoutRecord as ProtoRecord,
  CheckoutRecordSchema,
  CheckoutStepSchema,
} from '@purser/contracts/order/v1/checkout'
import {
  type Order as ProtoOrder,
  type OrderLine as ProtoLine,
  OrderLineKind,
  OrderLineSchema,
  OrderSchema,
  OrderState as ProtoState,
} from '@purser/contracts/order/v1/sales_order'
import { toProtoTimestamp } from '@purser/rpc'
import type { Checkout, CheckoutState, CheckoutStepRecord } from '../domain/checkout.ts'
import type { Address, Order, OrderLine } from '../domain/order.ts'
import type { OrderState } from '../domain/order-state.ts'
import { sumTaxes, type Tax, taxTotal } from '../domain/tax.ts'
import { toProtoTax } from '../orders/proto-tax.ts'

const protoStates = {
  pending: ProtoState.PENDING,
  confirmed: ProtoState.CONFIRMED,
  paid: ProtoState.PAID,
  fulfilling: ProtoState.FULFILLING,
  shipped: ProtoState.SHIPPED,
  delivered: ProtoState.DELIVERED,
  completed: ProtoState.COMPLETED,
  canceled: ProtoState.CANCELED,
  refunded: ProtoState.REFUNDED,
  returned: ProtoState.RETURNED,
} as const satisfies Record<OrderState, ProtoState>

const protoCheckoutStates = {
  running: ProtoCheckoutState.RUNNING,
  waiting: ProtoCheckoutState.WAITING,
  compensating: ProtoCheckoutState.COMPENSATING,
  done: ProtoCheckoutState.DONE,
  compensated: ProtoCheckoutState.COMPENSATED,
} as const satisfies Record<CheckoutState, ProtoCheckoutState>

const states = new Map<ProtoState, OrderState>(
  Object.entries(protoStates).map(([state, proto]) => [proto, state as OrderState]),
)

const checkoutStates = new Map<ProtoCheckoutState, CheckoutState>(
  Object.entries(protoCheckoutStates).map(([state, proto]) => [proto, state as CheckoutState]),
)

/** The state of the contract. */
export function toProtoState(state: OrderState): ProtoState {
  return protoStates[state]
}

/** The state that a list is narrowed to; undefined for all. */
export function fromProtoState(state: ProtoState): OrderState | undefined {
  return states.get(state)
}

/** The state that a list of checkouts is narrowed to; undefined for all. */
export function fromProtoCheckoutState(state: ProtoCheckoutState): CheckoutState | undefined {
  return checkoutStates.get(state)
}

/** An address of a request; empty when it is left out. */
export function fromProtoAddress(address: ProtoAddress | undefined): Address {
  const { lines = [], city = '', region = '', postalCode = '', country = '' } = address ?? {}
  return { lines: [...lines], city, region, postalCode, country }
}

/** An address as it is answered. */
function toProtoAddress({ lines, ...place }: Address): ProtoAddress {
  return create(AddressSchema, { lines: [...lines], ...place })
}

/** Name of a line of an order in other services. */
export function orderLineId(orderId: string, lineNumber: number): string {
  return `${orderId}.${lineNumber}`
}

/** An order as lists show it: without its history. */
export function toProtoOrder(order: Order): ProtoOrder {
  const { contact } = order
  const money = (amountCents: bigint) => ({ amountCents, currency: order.currency })
  return create(OrderSchema, {
    orderId: order.orderId,
    number: order.number,
    state: protoStates[order.state],
    userId: order.userId,
    accountId: order.accountId,
    email: contact.email,
    recipient: contact.recipient,
    phone: contact.phone,
    shippingAddress: toProtoAddress(contact.shippingAddress),
    billingAddress: toProtoAddress(contact.billingAddress),
    note: contact.note,
    lines: order.lines.map((line) => toProtoLine(order, line)),
    itemsTotal: money(order.itemsMinor),
    discount: money(order.discountMinor),
    shipping: money(order.shippingMinor),
    total: money(order.totalMinor),
    paid: money(order.paidMinor),
    refunded: money(order.refundedMinor),
    refunding: money(order.refundingMinor),
    exchanged: money(order.exchangedMinor),
    paymentId: order.paymentId,
    exchangeOf: order.exchangeOf,
    credit: money(order.creditMinor),
    checkoutId: order.checkoutId,
    shippingMethodKey: order.shippingMethodKey,
    shippingTitle: order.shippingTitle,
    tax: money(order.taxMinor),
    taxIncluded: order.taxIncluded,
    taxes: taxesOf(order).map((tax) => toProtoTax(tax, order.currency)),
    createTime: toProtoTimestamp(order.createdAt),
    updateTime: toProtoTimestamp(order.updatedAt),
  })
}

/** The taxes of an order by rate. */
function taxesOf({ lines, shippingTaxes }: Order): Tax[] {
  return sumTaxes([...lines.flatMap(({ taxes }) => taxes), ...shippingTaxes])
}

function toProtoLine({ orderId, currency }: Order, line: OrderLine): ProtoLine {
  const isPlan = line.kind === 'plan'
  return create(OrderLineSchema, {
    orderLineId: orderLineId(orderId, line.lineNumber),
    kind: isPlan ? OrderLineKind.PLAN : OrderLineKind.GOODS,
    variantId: isPlan ? '' : line.itemId,
    planKey: isPlan ? line.itemId : '',
    productId: line.productId,
    sku: line.sku,
    title: line.title,
    variantTitle: line.variantTitle,
    slug: line.slug,
    imageUrl: line.imageUrl,
    quantity: BigInt(line.quantity),
    unitPrice: { amountCents: line.unitMinor, currency },
    paid: { amountCents: line.paidMinor, currency },
    tax: { amountCents: taxTotal(line.taxes), currency },
    returnedQuantity: BigInt(line.returnedQuantity),
    subscriptionId: line.subscriptionId,
    weightGrams: line.weightGrams,
    requiresShipping: line.requiresShipping,
  })
}

/** A checkout as its shopper sees it. */
export function toProtoCheckout(checkout: Checkout, order: Order | undefined): ProtoCheckout {
  const { checkoutId, state, facts } = checkout
  return create(CheckoutSchema, {
    checkoutId,
    state: protoCheckoutStates[state],
    nextActionUrl: state === 'waiting' ? (facts.actionUrl ?? '') : '',
    ...(order && { order: toProtoOrder(order) }),
  })
}

/** A checkout as operators see it. */
export function toProtoRecord(
  checkout: Checkout,
  steps: readonly CheckoutStepRecord[],
): ProtoRecord {
  const { failure, dueAt } = checkout
  return create(CheckoutRecordSchema, {
    checkoutId: checkout.checkoutId,
    state: protoCheckoutStates[checkout.state],
    step: checkout.step ?? '',
    cartId: checkout.cartId,
    exchangeOf: checkout.facts.exchange?.orderId ?? '',
    userId: checkout.userId,
    orderId: checkout.orderId,
    paymentId: checkout.paymentId,
    failureCode: failure?.code ?? '',
    failureMessage: failure?.message ?? '',
    ...(dueAt && { dueTime: toProtoTimestamp(dueAt) }),
    createTime: toProtoTimestamp(checkout.createdAt),
    updateTime: toProtoTimestamp(checkout.updatedAt),
    steps: steps.map((record) =>
      create(CheckoutStepSchema, {
        number: record.number,
        step: record.step,
        isUndone: record.direction === 'undo',
        startTime: toProtoTimestamp(record.startedAt),
        ...(record.endedAt && { endTime: toProtoTimestamp(record.endedAt) }),
        outcome: record.outcome ?? '',
        detail: record.detail,
      }),
    ),
  })
}
