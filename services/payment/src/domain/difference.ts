import type { Money } from '@purser/kernel'
import type { Payment } from './payment.ts'
import { isPaid } from './payment-state.ts'
import { chargeKey, type LedgerEntry } from './provider.ts'

/** What can differ between payments here and a provider's books. */
export type DifferenceKind =
  | 'missing_here'
  | 'missing_there'
  | 'amount'
  | 'state'
  | 'refunded'
  | 'unresolved'
  | 'parked_webhook'

/** Something that is here otherwise than there. Texts are empty where there is nothing. */
export type Difference = {
  kind: DifferenceKind
  chargeKey: string
  paymentId: string
  here: string
  there: string
  amountHere?: Money
  amountThere?: Money
}

/** Every difference of a payment from its entry in the provider's books, if it has one. */
export function differencesOf(payment: Payment, entry: LedgerEntry | undefined): Difference[] {
  const { amount, state, refundedMinor, refundingMinor, paymentId } = payment
  const about = {
    chargeKey: chargeKey(payment),
    paymentId,
    here: state,
    there: entry?.status ?? '',
    amountHere: amount,
    ...(entry && { amountThere: entry.amount }),
  }
  const found: Difference[] = []
  const report = (kind: DifferenceKind, words: Partial<Difference> = {}) =>
    void found.push({ kind, ...about, ...words })
  if (state === 'unknown' || refundingMinor > 0n) report('unresolved')
  const isPaidHere = isPaid(state)
  if (entry === undefined) {
    if (isPaidHere) report('missing_there')
    return found
  }
  const isSameAmount =
    amount.amountMinor === entry.amount.amountMinor && amount.currency === entry.amount.currency
  if (!isSameAmount) report('amount')
  const isSettled = state !== 'unknown' && state !== 'processing'
  if (isSettled && isPaidHere !== entry.isPaid) report('state')
  const there = entry.refundedMinor
  // What is being given back may or may not be in the provider's books by now.
  if (there < refundedMinor || there > refundedMinor + refundingMinor) {
    report('refunded', { here: `refunded ${refundedMinor}`, there: `refunded ${there}` })
  }
  return found
}
