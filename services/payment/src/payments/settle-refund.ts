import { assert, backOff } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import type { RefundOutcome } from '../domain/provider.ts'
import type { Refund } from '../domain/refund.ts'
import { publishPaymentRefunded } from '../events.ts'
import { lockPayment, noteRefund, reserveRefund } from '../store/payment.ts'
import { findRefund, settleRefund as storeRefund } from '../store/refund.ts'

/** What a provider answered about a refund, or that it did not. */
export type RefundAnswer = RefundOutcome | { state: 'silent' }

/** Stores what the provider answered about a refund, once: a refund that is settled stays as it is. */
export async function settleRefund(
  ctx: PaymentContext,
  tenant: string,
  refund: Refund,
  news: { answer: RefundAnswer; cause: string },
): Promise<Refund> {
  return await ctx.db.tx(tenant, async (tx) => (await settleRefundIn(ctx, tx, refund, news)).refund)
}

/** As `settleRefund`, in the caller's transaction; tells whether it changed anything. */
export async function settleRefundIn(
  ctx: PaymentContext,
  tx: Tx,
  refund: Refund,
  { answer, cause }: { answer: RefundAnswer; cause: string },
): Promise<{ refund: Refund; hasMoved: boolean }> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a refund belongs to a tenant')
  // The payment first, as everywhere: whoever refunds it waits here.
  const payment = await lockPayment(tx, tenant, refund.paymentId)
  assert(payment, 'a refund belongs to a payment')
  const at = ctx.clock.now({ tenantId: tenant, accountId: payment.accountId }).round('microsecond')
  const known = await findRefund(tx, tenant, refund.refundId)
  assert(known, 'refunds are never removed')
  const settled = afterAnswer(known, answer, { now: ctx.clock.now(), at })
  if (!(await storeRefund(tx, tenant, settled))) return { refund: known, hasMoved: false }
  const { amountMinor } = settled.amount
  if (settled.state === 'failed') await reserveRefund(tx, tenant, payment.paymentId, -amountMinor)
  if (settled.state === 'succeeded') {
    const moved = await noteRefund(tx, tenant, payment, { amountMinor, cause, at })
    await publishPaymentRefunded(tx, tenant, moved, settled)
  }
  return { refund: settled, hasMoved: settled.state !== known.state }
}

function afterAnswer(
  refund: Refund,
  answer: RefundAnswer,
  { now, at }: { now: Temporal.Instant; at: Temporal.Instant },
): Refund {
  if (answer.state === 'silent' || answer.state === 'processing') {
    const checkAt = backOff(now, refund.checkCount)
    const checkCount = refund.checkCount + 1
    return { ...refund, state: 'unknown', checkAt, checkCount, updatedAt: at }
  }
  return {
    ...refund,
    state: answer.state,
    providerReference: answer.reference,
    failureCode: answer.state === 'failed' ? answer.failureCode : '',
    checkAt: undefined,
    updatedAt: at,
  }
}
