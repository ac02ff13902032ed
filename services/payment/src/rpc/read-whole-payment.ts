import type { Payment as ProtoPayment } from '@purser/contracts/payment/v1/payment'
import type { PaymentContext } from '../context.ts'
import { findPayment } from '../store/payment.ts'
import { listTransitions } from '../store/payment-list.ts'
import { listRefunds } from '../store/refund.ts'
import { toProtoWholePayment } from './convert.ts'
import { unknownPayment } from './unknown-payment.ts'

/** A payment with its history and refunds. Throws `resource.not_found`. */
export async function readWholePayment(
  ctx: PaymentContext,
  tenant: string,
  paymentId: string,
): Promise<ProtoPayment> {
  return await ctx.db.tx(
    tenant,
    async (tx) => {
      const payment = await findPayment(tx, tenant, paymentId)
      if (payment === undefined) throw unknownPayment()
      const transitions = await listTransitions(tx, tenant, paymentId)
      return toProtoWholePayment(payment, transitions, await listRefunds(tx, tenant, paymentId))
    },
    { isolation: 'repeatable read', readOnly: true },
  )
}
