import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ChargeAnswer, chargeStep } from './charge-step.ts'
import type { Payment } from './payment.ts'
import { isLegal, isPaid, type PaymentState, transitions } from './payment-state.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')

function paymentIn(state: PaymentState, checkCount = 0): Payment {
  return {
    paymentId: 'pay_x',
    idempotencyKey: 'k',
    requestHash: Buffer.alloc(32),
    state,
    version: 2,
    attempt: 1,
    amount: { amountMinor: 100n, currency: 'EUR' },
    refundedMinor: 0n,
    refundingMinor: 0n,
    orderId: '',
    sagaId: '',
    accountId: '',
    provider: 'sandbox',
    card: undefined,
    providerReference: '',
    declineCode: '',
    actionUrl: '',
    checkAt: undefined,
    checkCount,
    createdAt: now,
    updatedAt: now,
  }
}

const reference = 'ch_1'
const answers: ChargeAnswer[] = [
  { state: 'silent' },
  { state: 'abandoned' },
  { state: 'succeeded', reference },
  { state: 'processing', reference },
  { state: 'declined', reference, declineCode: 'card_declined' },
  { state: 'requires_action', reference, actionUrl: 'https://x.test' },
]
const state = fc.constantFrom(...(Object.keys(transitions) as PaymentState[]))
const answer = fc.constantFrom(...answers)

describe('an answer of a provider', () => {
  test('moves a payment along the table or not at all', () => {
    fc.assert(
      fc.property(state, answer, fc.boolean(), (from, given, canceling) => {
        const step = chargeStep(paymentIn(from), given, { now, canceling })
        if (step.kind === 'move') expect(isLegal(from, step.move.to)).toBe(true)
      }),
    )
  })

  test('never takes a payment out of a final state, and never makes unpaid what is paid', () => {
    fc.assert(
      fc.property(state, answer, fc.boolean(), (from, given, canceling) => {
        const step = chargeStep(paymentIn(from), given, { now, canceling })
        if (isPaid(from) || transitions[from].length === 0) expect(step.kind).not.toBe('move')
      }),
    )
  })

  test('sets what belongs to the new state and clears what does not', () => {
    fc.assert(
      fc.property(state, answer, fc.boolean(), (from, given, canceling) => {
        const step = chargeStep(paymentIn(from), given, { now, canceling })
        if (step.kind !== 'move') return
        const { to, declineCode, actionUrl, checkAt } = step.move
        expect(declineCode !== '').toBe(to === 'declined')
        expect(actionUrl !== '').toBe(to === 'requires_action')
        expect(checkAt !== undefined).toBe(to === 'processing' || to === 'unknown')
      }),
    )
  })

  test('money taken for a payment that ended without it is a contradiction', () => {
    for (const from of ['declined', 'canceled'] as const) {
      const step = chargeStep(
        paymentIn(from),
        { state: 'succeeded', reference },
        { now, canceling: false },
      )
      expect(step).toEqual({
        kind: 'contradiction',
        detail: `succeeded at the provider, ${from} here`,
      })
    }
  })

  test('an abandoned charge is canceled for who cancels, and declined for who asks', () => {
    const toOf = (from: PaymentState, canceling: boolean) => {
      const step = chargeStep(paymentIn(from), { state: 'abandoned' }, { now, canceling })
      return step.kind === 'move' ? `${step.move.to} ${step.move.declineCode}`.trim() : step.kind
    }
    expect(toOf('unknown', true)).toBe('canceled')
    expect(toOf('unknown', false)).toBe('declined not_processed')
    expect(toOf('requires_action', false)).toBe('canceled')
  })
})
