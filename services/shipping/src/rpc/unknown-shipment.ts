import { PurserError } from '@purser/kernel'

/** A shipment that is not there, or not the caller's. */
export function unknownShipment(): PurserError {
  return new PurserError('resource.not_found', 'There is no such shipment.')
}
