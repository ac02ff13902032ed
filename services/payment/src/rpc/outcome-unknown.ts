import { PurserError } from '@purser/kernel'

/** What a payment answers that waits for its provider, to whoever wants to go on with it. */
export function outcomeUnknown(): PurserError {
  return new PurserError(
    'payment.outcome_unknown',
    'Nobody knows yet whether money moved; ask again in a moment.',
  )
}
