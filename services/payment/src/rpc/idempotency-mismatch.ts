import { PurserError } from '@purser/kernel'

/** What another request under a key that is taken answers. */
export function idempotencyMismatch(): PurserError {
  return new PurserError(
    'request.idempotency_mismatch',
    'This idempotency_key came with another request before; use a new key for a new request.',
    { fields: [{ field: 'idempotency_key', message: 'is taken by another request' }] },
  )
}
