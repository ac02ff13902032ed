import { PurserError } from '@purser/kernel'

/** The one refusal of every bad credential: it does not say what was wrong. `cause` stays private. */
export function invalidCredentials(cause?: unknown): PurserError {
  return new PurserError('auth.invalid_credentials', 'The credentials are not valid.', { cause })
}
