import { PurserError } from '@purser/kernel'

/** What a payment that is not there, or is another tenant's, answers. */
export function unknownPayment(): PurserError {
  return new PurserError('resource.not_found', 'There is no such payment.')
}
