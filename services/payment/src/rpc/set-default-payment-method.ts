import type {
  PaymentMethod as ProtoMethod,
  SetDefaultPaymentMethodRequest,
} from '@purser/contracts/payment/v1/payment_method'
import type { PaymentContext } from '../context.ts'
import {
  clearDefault,
  findPaymentMethod,
  lockAccountMethods,
  makeDefault,
} from '../store/payment-method.ts'
import { toProtoMethod } from './convert.ts'
import { unknownPaymentMethod } from './unknown-payment-method.ts'

/** Makes a card the default of its account. Throws `resource.not_found`. */
export function setDefaultPaymentMethod(ctx: PaymentContext) {
  return async (req: SetDefaultPaymentMethodRequest): Promise<ProtoMethod> => {
    const { tenant, accountId, paymentMethodId } = req
    const method = await ctx.db.tx(tenant, async (tx) => {
      await lockAccountMethods(tx, tenant, accountId)
      const found = await findPaymentMethod(tx, tenant, accountId, paymentMethodId)
      if (found === undefined) throw unknownPaymentMethod()
      await clearDefault(tx, tenant, accountId)
      await makeDefault(tx, tenant, paymentMethodId)
      return { ...found, isDefault: true }
    })
    return toProtoMethod(method)
  }
}
