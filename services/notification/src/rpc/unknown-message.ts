import { PurserError } from '@purser/kernel'

/** The refusal of a message that is not there, or not the caller's. */
export function unknownMessage(): PurserError {
  return new PurserError('resource.not_found', 'There is no such message.')
}
