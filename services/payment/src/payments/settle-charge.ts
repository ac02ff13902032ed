import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import { type ChargeAnswer, chargeStep } from '../domain/charge-step.ts'
import type { Payment } from '../domain/payment.ts'
import { publishPaymentMoved } from '../events.ts'
import { findPayment, movePayment, postponeCheck } from '../store/payment.ts'

/** What a provider answered about a payment, and what goes with it. */
export type ChargeNews = {
  answer: ChargeAnswer
  /** See `PaymentTransition`. */
  cause: string
  /** Whether somebody wants the payment to end. */
  canceling?: boolean
  /** Runs in the transaction of the move, when there is one. */
  afterMove?: (tx: Tx) => Promise<void>
}

/** A payment after the news, whether it moved, and what is wrong with them. */
export type Settled = { payment: Payment; hasMoved: boolean; contradiction?: string }

/**
 * Stores what the provider answered: the one way by which a charge gets its outcome, whoever brings
 * it. The payment, as it was read, moves if nobody moved it since; otherwise the answer is judged
 * against what it is now. An answer that contradicts what is known changes nothing and is logged.
 */
export async function settleCharge(
  ctx: PaymentContext,
  tenant: string,
  payment: Payment,
  news: ChargeNews,
): Promise<Settled> {
  return await ctx.db.tx(tenant, (tx) => settleChargeIn(ctx, tx, payment, news))
}

/** As `settleCharge`, in the caller's transaction. */
export async function settleChargeIn(
  ctx: PaymentContext,
  tx: Tx,
  payment: Payment,
  news: ChargeNews,
): Promise<Settled> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a payment belongs to a tenant')
  const { answer, cause, canceling = false } = news
  for (let known = payment; ; ) {
    const step = chargeStep(known, answer, { now: ctx.clock.now(), canceling })
    if (step.kind === 'postpone') await postponeCheck(tx, tenant, known, step)
    if (step.kind === 'contradiction') {
      const { detail } = step
      ctx.log.error({ tenant, paymentId: known.paymentId, detail }, 'a provider contradicts us')
      return { payment: known, hasMoved: false, contradiction: detail }
    }
    if (step.kind !== 'move') return { payment: known, hasMoved: false }
    const at = ctx.clock.now({ tenantId: tenant, accountId: known.accountId }).round('microsecond')
    const moved = await movePayment(tx, tenant, known, { move: step.move, cause, at })
    if (moved !== undefined) {
      await publishPaymentMoved(tx, tenant, moved)
      await news.afterMove?.(tx)
      return { payment: moved, hasMoved: true }
    }
    const current = await findPayment(tx, tenant, known.paymentId)
    assert(current && current.version > known.version, 'a payment that did not move has moved')
    known = current
  }
}
