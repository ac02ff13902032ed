import type { GetPaymentRequest, Payment } from '@purser/contracts/payment/v1/payment'
import type { PaymentContext } from '../context.ts'
import { readWholePayment } from './read-whole-payment.ts'

/** Answers a payment with its history and refunds. Throws `resource.not_found`. */
export function getPayment(ctx: PaymentContext) {
  return async ({ tenant, paymentId }: GetPaymentRequest): Promise<Payment> =>
    await readWholePayment(ctx, tenant, paymentId)
}
