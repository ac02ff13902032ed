import type { Tx } from '@purser/postgres'
import type { PaymentContext } from '../context.ts'
import {
  chargeKey,
  parseChargeKey,
  type PaymentProvider,
  type ProviderEvent,
  type WebhookMessage,
} from '../domain/provider.ts'
import { settleChargeIn } from '../payments/settle-charge.ts'
import { settleRefundIn } from '../payments/settle-refund.ts'
import { findPayment } from '../store/payment.ts'
import { findRefund } from '../store/refund.ts'
import {
  type Disposition,
  insertWebhookEvent,
  setDisposition,
  type WebhookEvent,
} from '../store/webhook-event.ts'

type Verdict = { disposition: Disposition; detail: string }

const APPLIED: Verdict = { disposition: 'applied', detail: '' }
const NOTHING_NEW: Verdict = { disposition: 'nothing_new', detail: '' }
const parked = (detail: string): Verdict => ({ disposition: 'parked', detail })

/**
 * Takes what a provider tells: each event once, in one transaction with what it changes. An event that
 * is older than what is known changes nothing; one about a payment that is not here, or about another
 * amount, is parked for people. Throws `payment.webhook_refused` for a message that the provider did
 * not sign, or not now.
 */
export async function receiveWebhook(
  ctx: PaymentContext,
  provider: PaymentProvider,
  message: WebhookMessage,
): Promise<void> {
  const now = ctx.clock.now().round('microsecond')
  const event = provider.readWebhook(message, now)
  const kept: WebhookEvent = {
    provider: provider.name,
    eventId: event.eventId,
    eventType: event.type,
    subjectKey: event.subject === 'other' ? '' : event.key,
    ...NOTHING_NEW,
    receivedAt: now,
  }
  await ctx.db.tx(event.tenantId, async (tx) => {
    if (!(await insertWebhookEvent(tx, event.tenantId, kept))) return
    const verdict = await apply(ctx, tx, provider, event)
    if (verdict === NOTHING_NEW) return
    await setDisposition(tx, event.tenantId, { ...kept, ...verdict })
    if (verdict.disposition === 'applied') return
    const { tenantId: tenant, eventId } = event
    ctx.log.warn({ tenant, eventId, detail: verdict.detail }, 'a payment webhook is parked')
  })
}

async function apply(
  ctx: PaymentContext,
  tx: Tx,
  provider: PaymentProvider,
  event: ProviderEvent,
): Promise<Verdict> {
  const cause = `webhook:${event.eventId}`
  if (event.subject === 'other') return NOTHING_NEW
  if (event.subject === 'refund') {
    const refund = await findRefund(tx, event.tenantId, event.key)
    if (refund === undefined) return parked('no such refund')
    const { hasMoved } = await settleRefundIn(ctx, tx, refund, { answer: event.outcome, cause })
    return hasMoved ? APPLIED : NOTHING_NEW
  }
  const paymentId = parseChargeKey(event.key)?.paymentId
  const payment = paymentId && (await findPayment(tx, event.tenantId, paymentId))
  const isOurs = payment && payment.provider === provider.name && chargeKey(payment) === event.key
  if (!isOurs) return parked('no such payment')
  const { amountMinor, currency } = event.amount
  if (payment.amount.amountMinor !== amountMinor || payment.amount.currency !== currency) {
    return parked('another amount')
  }
  const settled = await settleChargeIn(ctx, tx, payment, { answer: event.outcome, cause })
  if (settled.contradiction !== undefined) return parked(settled.contradiction)
  return settled.hasMoved ? APPLIED : NOTHING_NEW
}
