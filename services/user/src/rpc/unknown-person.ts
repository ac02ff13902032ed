import { PurserError } from '@purser/kernel'

/** The refusal of a principal that no person of its tenant is. */
export function unknownPerson(): PurserError {
  return new PurserError('resource.not_found', 'The person who is signed in does not exist.')
}
