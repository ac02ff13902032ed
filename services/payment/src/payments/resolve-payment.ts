import type { PaymentContext } from '../context.ts'
import { chargeKey, type ChargeOutcome, type ChargeRef } from '../domain/provider.ts'
import type { Payment } from '../domain/payment.ts'
import { isOpen } from '../domain/payment-state.ts'
import type { Refund } from '../domain/refund.ts'
import { findPayment } from '../store/payment.ts'
import { listRefunds } from '../store/refund.ts'
import { type Answer, askProvider } from './ask-provider.ts'
import { settleCharge } from './settle-charge.ts'
import { settleRefund } from './settle-refund.ts'

/**
 * Asks the provider about a payment that is open and about its open refunds, and stores the answers.
 * Undefined when there is no such payment. Whoever is asking the provider at this moment is left
 * alone until the lease is over.
 */
export async function resolvePayment(
  ctx: PaymentContext,
  tenant: string,
  { paymentId, cause }: { paymentId: string; cause: string },
): Promise<Payment | undefined> {
  const read = () =>
    ctx.db.tx(
      tenant,
      async (tx) => ({
        payment: await findPayment(tx, tenant, paymentId),
        refunds: await listRefunds(tx, tenant, paymentId),
      }),
      { readOnly: true },
    )
  const { payment, refunds } = await read()
  if (payment === undefined) return undefined
  const openRefunds = refunds.filter((refund) => isUnattended(ctx, refund))
  if (isOpen(payment.state)) await resolveCharge(ctx, tenant, payment, cause)
  for (const refund of openRefunds) {
    await resolveRefund(ctx, tenant, { refund, provider: payment.provider, cause })
  }
  return (await read()).payment
}

async function resolveCharge(
  ctx: PaymentContext,
  tenant: string,
  payment: Payment,
  cause: string,
): Promise<void> {
  const outcome = await askForCharge(ctx, tenant, payment)
  // Silence about a charge that somebody else is making, or that waits for the shopper, is no news.
  const isNews = payment.state === 'unknown' || isUnattended(ctx, payment)
  if (outcome.silent && !isNews) return
  if (outcome.silent) {
    await settleCharge(ctx, tenant, payment, { answer: { state: 'silent' }, cause })
  } else if (outcome.value !== undefined) {
    await settleCharge(ctx, tenant, payment, { answer: outcome.value, cause })
  }
}

/**
 * What became of a charge. One that the provider never heard of is ended there first, so that a
 * request which is still on its way cannot take money; undefined while somebody may be sending it.
 */
async function askForCharge(
  ctx: PaymentContext,
  tenant: string,
  payment: Payment,
): Promise<Answer<ChargeOutcome | undefined>> {
  const ref: ChargeRef = { tenantId: tenant, key: chargeKey(payment) }
  const found = await askProvider(ctx, payment.provider, (provider, signal) =>
    provider.findCharge(ref, signal),
  )
  if (found.silent || found.value !== undefined) return found
  if (payment.state === 'processing' && !isUnattended(ctx, payment)) return found
  return await abandonCharge(ctx, tenant, payment)
}

/** Ends the charge of a payment at its provider; answers what became of it. */
export async function abandonCharge(
  ctx: PaymentContext,
  tenant: string,
  payment: Payment,
): Promise<Answer<ChargeOutcome>> {
  const request = {
    tenantId: tenant,
    key: chargeKey(payment),
    amount: payment.amount,
    returnUrl: '',
  }
  return await askProvider(ctx, payment.provider, (provider, signal) =>
    provider.abandonCharge(request, signal),
  )
}

/** Whether nobody knows the outcome and nobody is asking for it now. */
export function isUnattended(
  ctx: PaymentContext,
  { state, checkAt }: { state: string; checkAt: Temporal.Instant | undefined },
): boolean {
  if (state === 'unknown') return true
  return checkAt !== undefined && Temporal.Instant.compare(checkAt, ctx.clock.now()) <= 0
}

/**
 * Unlike a charge, a refund that the provider never heard of is sent again under the same key: it is
 * still owed, and the key keeps it from being paid twice.
 */
async function resolveRefund(
  ctx: PaymentContext,
  tenant: string,
  { refund, provider, cause }: { refund: Refund; provider: string; cause: string },
): Promise<void> {
  const ref: ChargeRef = { tenantId: tenant, key: refund.refundId }
  const found = await askProvider(ctx, provider, (port, signal) => port.findRefund(ref, signal))
  const payment = await ctx.db.tx(tenant, (tx) => findPayment(tx, tenant, refund.paymentId), {
    readOnly: true,
  })
  if (found.silent || found.value !== undefined || payment === undefined) {
    const answer = found.silent || !found.value ? ({ state: 'silent' } as const) : found.value
    await settleRefund(ctx, tenant, refund, { answer, cause })
    return
  }
  await sendRefund(ctx, tenant, { payment, refund, cause })
}

/** Sends a refund to the provider, under the key that it always has, and stores the answer. */
export async function sendRefund(
  ctx: PaymentContext,
  tenant: string,
  { payment, refund, cause }: { payment: Payment; refund: Refund; cause: string },
): Promise<Refund> {
  const request = {
    tenantId: tenant,
    key: refund.refundId,
    chargeKey: chargeKey(payment),
    amount: refund.amount,
  }
  const sent = await askProvider(ctx, payment.provider, (provider, signal) =>
    provider.refund(request, signal),
  )
  const answer = sent.silent ? ({ state: 'silent' } as const) : sent.value
  return await settleRefund(ctx, tenant, refund, { answer, cause })
}
