import { PurserError } from '@purser/kernel'

/**
 * The one refusal of a sign-in, in the same words whatever was wrong: nobody learns from it who has
 * an account, or what became of it.
 */
export function invalidCredentials(): PurserError {
  return new PurserError('auth.invalid_credentials', 'The sign-in was refused.')
}
