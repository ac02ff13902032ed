import { create } from '@bufbuild/protobuf'
import {
  type Payment as ProtoPayment,
  PaymentSchema,
  PaymentState as ProtoState,
  PaymentTransitionSchema,
  type Refund as ProtoRefund,
  RefundSchema,
  RefundState as ProtoRefundState,
} from '@purser/contracts/payment/v1/payment'
import {
  CardSchema,
  type PaymentMethod as ProtoMethod,
  PaymentMethodSchema,
} from '@purser/contracts/payment/v1/payment_method'
import { toProtoTimestamp } from '@purser/rpc'
import type { Card } from '../domain/card.ts'
import type { Payment, PaymentTransition } from '../domain/payment.ts'
import type { PaymentMethod } from '../domain/payment-method.ts'
import type { PaymentState } from '../domain/payment-state.ts'
import type { Refund, RefundState } from '../domain/refund.ts'

const protoStates = {
  created: ProtoState.CREATED,
  processing: ProtoState.PROCESSING,
  requires_action: ProtoState.REQUIRES_ACTION,
  succeeded: ProtoState.SUCCEEDED,
  declined: ProtoState.DECLINED,
  unknown: ProtoState.UNKNOWN,
  canceled: ProtoState.CANCELED,
  partially_refunded: ProtoState.PARTIALLY_REFUNDED,
  refunded: ProtoState.REFUNDED,
} as const satisfies Record<PaymentState, ProtoState>

const states = new Map(
  Object.entries(protoStates).map(([state, proto]) => [proto as ProtoState, state as PaymentState]),
)

const protoRefundStates = {
  processing: ProtoRefundState.PROCESSING,
  succeeded: ProtoRefundState.SUCCEEDED,
  failed: ProtoRefundState.FAILED,
  unknown: ProtoRefundState.UNKNOWN,
} as const satisfies Record<RefundState, ProtoRefundState>

/** The state that a list is narrowed to; undefined for all. */
export function fromProtoState(state: ProtoState): PaymentState | undefined {
  return states.get(state)
}

/** A payment as lists show it: without history and refunds. */
export function toProtoPayment(payment: Payment): ProtoPayment {
  const { amount, card, actionUrl } = payment
  const inCurrency = (amountCents: bigint) => ({ amountCents, currency: amount.currency })
  return create(PaymentSchema, {
    paymentId: payment.paymentId,
    state: protoStates[payment.state],
    amount: inCurrency(amount.amountMinor),
    refundedAmount: inCurrency(payment.refundedMinor),
    refundingAmount: inCurrency(payment.refundingMinor),
    orderId: payment.orderId,
    sagaId: payment.sagaId,
    accountId: payment.accountId,
    provider: payment.provider,
    declineCode: payment.declineCode,
    createTime: toProtoTimestamp(payment.createdAt),
    updateTime: toProtoTimestamp(payment.updatedAt),
    ...(card && { card: toProtoCard(card) }),
    ...(actionUrl !== '' && { nextAction: { url: actionUrl } }),
  })
}

/** A payment with its history and refunds. */
export function toProtoWholePayment(
  payment: Payment,
  transitions: readonly PaymentTransition[],
  refunds: readonly Refund[],
): ProtoPayment {
  return {
    ...toProtoPayment(payment),
    transitions: transitions.map(({ number, from, to, cause, at }) =>
      create(PaymentTransitionSchema, {
        number,
        fromState: from === undefined ? ProtoState.UNSPECIFIED : protoStates[from],
        toState: protoStates[to],
        cause,
        time: toProtoTimestamp(at),
      }),
    ),
    refunds: refunds.map(toProtoRefund),
  }
}

/** A refund of the contract. */
export function toProtoRefund(refund: Refund): ProtoRefund {
  const { amountMinor, currency } = refund.amount
  return create(RefundSchema, {
    refundId: refund.refundId,
    paymentId: refund.paymentId,
    state: protoRefundStates[refund.state],
    amount: { amountCents: amountMinor, currency },
    reason: refund.reason,
    failureCode: refund.failureCode,
    createTime: toProtoTimestamp(refund.createdAt),
    updateTime: toProtoTimestamp(refund.updatedAt),
  })
}

/** A card of an account, of the contract. */
export function toProtoMethod(method: PaymentMethod): ProtoMethod {
  return create(PaymentMethodSchema, {
    paymentMethodId: method.paymentMethodId,
    accountId: method.accountId,
    provider: method.provider,
    card: toProtoCard(method.card),
    isDefault: method.isDefault,
    createTime: toProtoTimestamp(method.createdAt),
  })
}

function toProtoCard(card: Card) {
  return create(CardSchema, card)
}
