import { PurserError } from '@purser/kernel'
import type { PaymentContext } from '../context.ts'
import { type Difference, differencesOf } from '../domain/difference.ts'
import { chargeKey, type LedgerEntry, parseChargeKey } from '../domain/provider.ts'
import { knownPaymentIds, listPaymentsOfProvider } from '../store/reconciliation.ts'
import { listParkedEvents } from '../store/webhook-event.ts'
import { askProvider } from './ask-provider.ts'

/** What is compared after what: payments here, charges there, webhooks that wait for people. */
export const phases = ['here', 'there', 'webhooks'] as const

export type Phase = (typeof phases)[number]

/** Where a comparison goes on; `after` is empty at the start of a phase. */
export type ReconciliationPlace = { phase: Phase; after: string }

export type ReconciliationQuestion = {
  provider: string
  place: ReconciliationPlace
  /** Of the span of time that is compared, here and there. */
  from: Temporal.Instant | undefined
  /** Exclusive. */
  before: Temporal.Instant | undefined
  limit: number
}

export type ReconciliationPage = {
  differences: Difference[]
  comparedCount: number
  next: ReconciliationPlace | undefined
}

/**
 * Compares one page. Throws `platform.unavailable` when the provider does not answer: a comparison
 * that saw half of the books must not look like one that found nothing.
 */
export async function reconcilePage(
  ctx: PaymentContext,
  tenant: string,
  question: ReconciliationQuestion,
): Promise<ReconciliationPage> {
  const { phase } = question.place
  if (phase === 'here') return await comparePayments(ctx, tenant, question)
  if (phase === 'there') return await compareCharges(ctx, tenant, question)
  return await showParked(ctx, tenant, question)
}

async function comparePayments(
  ctx: PaymentContext,
  tenant: string,
  question: ReconciliationQuestion,
): Promise<ReconciliationPage> {
  const { provider, from, before, limit } = question
  const page = { provider, from, before, limit, afterId: question.place.after }
  const payments = await ctx.db.tx(tenant, (tx) => listPaymentsOfProvider(tx, tenant, page), {
    readOnly: true,
  })
  const keys = payments.map(chargeKey)
  const entries = await ask(ctx, provider, (port, signal) => port.findCharges(tenant, keys, signal))
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  const differences = payments.flatMap((payment) =>
    differencesOf(payment, byKey.get(chargeKey(payment))),
  )
  const last = payments.length === limit ? payments.at(-1)?.paymentId : undefined
  const next = last ? { phase: 'here' as const, after: last } : begin('there')
  return { differences, comparedCount: payments.length, next }
}

async function compareCharges(
  ctx: PaymentContext,
  tenant: string,
  { provider, place, from, before, limit }: ReconciliationQuestion,
): Promise<ReconciliationPage> {
  const books = { tenantId: tenant, afterKey: place.after, from, before, limit }
  const entries = await ask(ctx, provider, (port, signal) => port.listCharges(books, signal))
  const idOf = ({ key }: LedgerEntry) => parseChargeKey(key)?.paymentId
  const ids = entries.map(idOf).filter((id) => id !== undefined)
  const known = await ctx.db.tx(tenant, (tx) => knownPaymentIds(tx, tenant, ids), {
    readOnly: true,
  })
  // What is here was compared by now; a charge without money is no difference.
  const strange = entries.filter((entry) => entry.isPaid && !known.has(idOf(entry) ?? ''))
  const last = entries.length === limit ? entries.at(-1)?.key : undefined
  return {
    differences: strange.map(({ key, amount, status }) => ({
      kind: 'missing_here',
      chargeKey: key,
      paymentId: '',
      here: '',
      there: status,
      amountThere: amount,
    })),
    comparedCount: entries.length,
    next: last ? { phase: 'there', after: last } : begin('webhooks'),
  }
}

async function showParked(
  ctx: PaymentContext,
  tenant: string,
  { provider, place, from, before, limit }: ReconciliationQuestion,
): Promise<ReconciliationPage> {
  const page = { provider, afterId: place.after, from, before, limit }
  const events = await ctx.db.tx(tenant, (tx) => listParkedEvents(tx, tenant, page), {
    readOnly: true,
  })
  const last = events.length === limit ? events.at(-1)?.eventId : undefined
  return {
    differences: events.map(({ eventId, eventType, subjectKey, detail }) => ({
      kind: 'parked_webhook',
      chargeKey: subjectKey,
      paymentId: parseChargeKey(subjectKey)?.paymentId ?? '',
      here: detail,
      there: `${eventType} (${eventId})`,
    })),
    comparedCount: events.length,
    next: last ? { phase: 'webhooks', after: last } : undefined,
  }
}

function begin(phase: Phase): ReconciliationPlace {
  return { phase, after: '' }
}

async function ask<T>(
  ctx: PaymentContext,
  provider: string,
  question: Parameters<typeof askProvider<T>>[2],
): Promise<T> {
  const answer = await askProvider(ctx, provider, question)
  if (!answer.silent) return answer.value
  throw new PurserError('platform.unavailable', 'The payment provider does not answer.')
}
