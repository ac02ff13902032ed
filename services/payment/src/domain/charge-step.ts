import { backOff } from '@purser/kernel'
import type { Card } from './card.ts'
import type { Payment } from './payment.ts'
import { isLegal, isPaid, type PaymentState } from './payment-state.ts'
import type { ChargeOutcome } from './provider.ts'

/** What a provider answered, or that it did not. */
export type ChargeAnswer = ChargeOutcome | { state: 'silent' }

/** What a move changes beside the state. */
export type ChargeMove = {
  to: PaymentState
  declineCode: string
  actionUrl: string
  checkAt: Temporal.Instant | undefined
  checkCount: number
  /** Empty keeps what was known. */
  providerReference: string
  card: Card | undefined
}

/**
 * What an answer does to a payment: a move to another state, a later check in the same state,
 * nothing (it was known, or is older than what is known), or a contradiction that people must see.
 */
export type ChargeStep =
  | { kind: 'move'; move: ChargeMove }
  | { kind: 'postpone'; checkAt: Temporal.Instant; checkCount: number }
  | { kind: 'nothing' }
  | { kind: 'contradiction'; detail: string }

/** Decline code of a charge that the provider never made and never will. */
const NOT_PROCESSED = 'not_processed'

/**
 * Decides what an answer of the provider does. `canceling`: somebody wants the payment to end, so
 * that an abandoned charge is canceled, not declined.
 */
export function chargeStep(
  payment: Payment,
  answer: ChargeAnswer,
  { now, canceling }: { now: Temporal.Instant; canceling: boolean },
): ChargeStep {
  const { state, checkCount } = payment
  const later = { checkAt: backOff(now, checkCount), checkCount: checkCount + 1 }
  if (answer.state === 'silent') {
    if (state === 'processing') return move({ to: 'unknown', ...later })
    return state === 'unknown' ? { kind: 'postpone', ...later } : { kind: 'nothing' }
  }
  const to = targetOf(payment, answer, canceling)
  if (to === 'succeeded' && isPaid(state)) return { kind: 'nothing' }
  if (to === state || (to === 'processing' && state === 'unknown')) {
    const isChecked = state === 'processing' || state === 'unknown'
    return isChecked ? { kind: 'postpone', ...later } : { kind: 'nothing' }
  }
  if (isLegal(state, to)) return move(changesOf(to, answer, later))
  return contradiction(state, to)
}

function targetOf(
  { state }: Payment,
  answer: ChargeOutcome,
  canceling: boolean,
): Exclude<PaymentState, 'created'> {
  if (answer.state !== 'abandoned') return answer.state
  return canceling || state === 'requires_action' ? 'canceled' : 'declined'
}

type Later = Pick<ChargeMove, 'checkAt' | 'checkCount'>

function changesOf(to: PaymentState, answer: ChargeOutcome, later: Later): Partial<ChargeMove> {
  const known =
    answer.state === 'abandoned'
      ? {}
      : { providerReference: answer.reference, ...(answer.card && { card: answer.card }) }
  const declined = answer.state === 'declined' ? answer.declineCode : NOT_PROCESSED
  return {
    ...known,
    to,
    declineCode: to === 'declined' ? declined : '',
    actionUrl: answer.state === 'requires_action' ? answer.actionUrl : '',
    ...(to === 'processing' ? later : {}),
  }
}

function move(changes: Partial<ChargeMove>): ChargeStep {
  return {
    kind: 'move',
    move: {
      to: 'unknown',
      declineCode: '',
      actionUrl: '',
      checkAt: undefined,
      checkCount: 0,
      providerReference: '',
      card: undefined,
      ...changes,
    },
  }
}

/**
 * An answer that the table does not allow is older than what is known, unless money is in question:
 * taken for a payment that ended without it, or not taken for one that is paid.
 */
function contradiction(state: PaymentState, to: PaymentState): ChargeStep {
  const isAboutMoney =
    to === 'succeeded' || (isPaid(state) && to !== 'requires_action' && to !== 'processing')
  if (!isAboutMoney) return { kind: 'nothing' }
  return { kind: 'contradiction', detail: `${to} at the provider, ${state} here` }
}
