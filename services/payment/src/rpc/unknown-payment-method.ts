import { PurserError } from '@purser/kernel'

/** What a card that the account does not have, or no longer has, answers. */
export function unknownPaymentMethod(): PurserError {
  return new PurserError('resource.not_found', 'The account has no such card.')
}
