import { PurserError } from '@purser/kernel'

/** A request that is refused for one field. */
export function invalidField(field: string, message: string): PurserError {
  return new PurserError('request.invalid', `${field} ${message}`, { fields: [{ field, message }] })
}
