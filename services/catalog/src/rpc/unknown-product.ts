import { PurserError } from '@purser/kernel'

/** A product that is not there, or not for everybody. */
export function unknownProduct(): PurserError {
  return new PurserError('resource.not_found', 'There is no such product.')
}
