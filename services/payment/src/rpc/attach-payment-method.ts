import type { HandlerContext } from '@connectrpc/connect'
import type {
  AttachPaymentMethodRequest,
  PaymentMethod as ProtoMethod,
} from '@purser/contracts/payment/v1/payment_method'
import { newId, PurserError } from '@purser/kernel'
import type { PaymentContext } from '../context.ts'
import { MAX_PAYMENT_METHODS, type PaymentMethod } from '../domain/payment-method.ts'
import { providerOf } from '../payments/ask-provider.ts'
import {
  clearDefault,
  insertPaymentMethod,
  listPaymentMethods,
  lockAccountMethods,
} from '../store/payment-method.ts'
import { toProtoMethod } from './convert.ts'
import { requireAccount } from './require-account.ts'

/**
 * Keeps a card for an account; the first one is the default. Throws `resource.not_found` for an
 * unknown account, `payment.unknown_method` for a token that the provider never gave,
 * `payment.too_many_methods` beyond 20.
 */
export function attachPaymentMethod(ctx: PaymentContext) {
  return async (req: AttachPaymentMethodRequest, call: HandlerContext): Promise<ProtoMethod> => {
    const { tenant, accountId, paymentMethodToken: providerToken } = req
    await requireAccount(ctx, req, call)
    const provider = providerOf(ctx, ctx.defaultProvider)
    const signal = AbortSignal.timeout(ctx.providerTimeoutMs)
    const card = await provider.describe(tenant, providerToken, signal)
    const attached = await ctx.db.tx(tenant, async (tx) => {
      await lockAccountMethods(tx, tenant, accountId)
      const others = await listPaymentMethods(tx, tenant, accountId)
      if (others.length >= MAX_PAYMENT_METHODS) throw tooMany()
      const method: PaymentMethod = {
        paymentMethodId: newId('pm'),
        accountId,
        provider: provider.name,
        providerToken,
        card,
        isDefault: req.makeDefault || others.length === 0,
        createdAt: ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond'),
      }
      if (method.isDefault) await clearDefault(tx, tenant, accountId)
      await insertPaymentMethod(tx, tenant, method)
      return method
    })
    return toProtoMethod(attached)
  }
}

function tooMany(): PurserError {
  const message = `An account has ${MAX_PAYMENT_METHODS} cards at most; detach one first.`
  return new PurserError('payment.too_many_methods', message)
}
