import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListPaymentMethodsRequest,
  type ListPaymentMethodsResponse,
  ListPaymentMethodsResponseSchema,
} from '@purser/contracts/payment/v1/payment_method'
import type { PaymentContext } from '../context.ts'
import { listPaymentMethods as readMethods } from '../store/payment-method.ts'
import { toProtoMethod } from './convert.ts'
import { requireAccount } from './require-account.ts'

/**
 * Lists the cards of an account, the default first, then the newest. Throws `resource.not_found` for
 * an unknown account.
 */
export function listPaymentMethods(ctx: PaymentContext) {
  return async (
    req: ListPaymentMethodsRequest,
    call: HandlerContext,
  ): Promise<ListPaymentMethodsResponse> => {
    const { tenant, accountId } = req
    const methods = await ctx.db.tx(tenant, (tx) => readMethods(tx, tenant, accountId), {
      readOnly: true,
    })
    // An account with cards is there.
    if (methods.length === 0) await requireAccount(ctx, req, call)
    const paymentMethods = methods.map(toProtoMethod)
    return create(ListPaymentMethodsResponseSchema, { paymentMethods })
  }
}
