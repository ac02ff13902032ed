import type { HandlerContext } from '@connectrpc/connect'
import type { Payment, ResolvePaymentRequest } from '@purser/contracts/payment/v1/payment'
import type { PaymentContext } from '../context.ts'
import { causeOf, recordCallersAct } from '../payments/callers-act.ts'
import { resolvePayment as askAbout } from '../payments/resolve-payment.ts'
import { readWholePayment } from './read-whole-payment.ts'
import { unknownPayment } from './unknown-payment.ts'

/** Asks the provider about what is not known of a payment and its refunds. Throws `resource.not_found`. */
export function resolvePayment(ctx: PaymentContext) {
  return async (req: ResolvePaymentRequest, call: HandlerContext): Promise<Payment> => {
    const { tenant, paymentId } = req
    const resolved = await askAbout(ctx, tenant, { paymentId, cause: causeOf(call) })
    if (resolved === undefined) throw unknownPayment()
    const act = { object: { payment_id: paymentId }, occurredAt: ctx.clock.now() }
    await ctx.db.tx(tenant, (tx) => recordCallersAct(tx, call, act))
    return await readWholePayment(ctx, tenant, paymentId)
  }
}
