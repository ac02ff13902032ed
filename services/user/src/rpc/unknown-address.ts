import { PurserError } from '@purser/kernel'

/** The refusal of an address id that the person does not have, whoever else may have it. */
export function unknownAddress(addressId: string): PurserError {
  return new PurserError('resource.not_found', `There is no address "${addressId}".`)
}
