import type { HandlerContext } from '@connectrpc/connect'
import type {
  CancelPaymentRequest,
  Payment as ProtoPayment,
} from '@purser/contracts/payment/v1/payment'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import { isOpen } from '../domain/payment-state.ts'
import { causeOf, recordCallersAct } from '../payments/callers-act.ts'
import { abandonCharge, isUnattended } from '../payments/resolve-payment.ts'
import { settleCharge } from '../payments/settle-charge.ts'
import { findPayment } from '../store/payment.ts'
import { toProtoPayment } from './convert.ts'
import { outcomeUnknown } from './outcome-unknown.ts'
import { unknownPayment } from './unknown-payment.ts'

/**
 * Ends a payment before money moved: at the provider first, so that no charge can come after it.
 * Throws `resource.not_found`, `payment.not_cancelable` once it is paid or declined, also when that
 * is only learned now, `payment.outcome_unknown` while somebody charges or the provider is silent.
 */
export function cancelPayment(ctx: PaymentContext) {
  return async (req: CancelPaymentRequest, call: HandlerContext): Promise<ProtoPayment> => {
    const { tenant, paymentId } = req
    const payment = await ctx.db.tx(tenant, (tx) => findPayment(tx, tenant, paymentId), {
      readOnly: true,
    })
    if (payment === undefined) throw unknownPayment()
    if (payment.state === 'canceled') return toProtoPayment(payment)
    if (!isOpen(payment.state)) throw notCancelable(payment.state)
    if (payment.state === 'processing' && !isUnattended(ctx, payment)) throw outcomeUnknown()
    const asked = await abandonCharge(ctx, tenant, payment)
    if (asked.silent) throw outcomeUnknown()
    const act = { object: { payment_id: paymentId }, occurredAt: ctx.clock.now() }
    const isEnded = asked.value.state === 'abandoned'
    const settled = await settleCharge(ctx, tenant, payment, {
      answer: asked.value,
      cause: causeOf(call),
      canceling: true,
      ...(isEnded && { afterMove: (tx: Tx) => recordCallersAct(tx, call, act) }),
    })
    if (settled.payment.state === 'canceled') return toProtoPayment(settled.payment)
    throw notCancelable(settled.payment.state)
  }
}

function notCancelable(state: string): PurserError {
  const message = `A payment that is ${state} cannot be canceled.`
  return new PurserError('payment.not_cancelable', message, { details: { state } })
}
