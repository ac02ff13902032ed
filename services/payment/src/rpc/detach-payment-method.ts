import { create } from '@bufbuild/protobuf'
import {
  type DetachPaymentMethodRequest,
  type DetachPaymentMethodResponse,
  DetachPaymentMethodResponseSchema,
} from '@purser/contracts/payment/v1/payment_method'
import type { PaymentContext } from '../context.ts'
import { deletePaymentMethod } from '../store/payment-method.ts'
import { unknownPaymentMethod } from './unknown-payment-method.ts'

/** Forgets a card of an account. Throws `resource.not_found` when it has none such. */
export function detachPaymentMethod(ctx: PaymentContext) {
  return async (req: DetachPaymentMethodRequest): Promise<DetachPaymentMethodResponse> => {
    const { tenant, accountId, paymentMethodId } = req
    await ctx.db.tx(tenant, async (tx) => {
      const isThere = await deletePaymentMethod(tx, tenant, accountId, paymentMethodId)
      if (!isThere) throw unknownPaymentMethod()
    })
    return create(DetachPaymentMethodResponseSchema)
  }
}
