import { PurserError } from '@purser/kernel'

/** What a person does instead when the embedded server cannot run here. */
export const useOtherPostgres = 'or set POSTGRES_URL to a Postgres of yours'

/** The embedded server cannot run; the message is one line and says what to do. */
export function startFailure(message: string, cause?: unknown): PurserError {
  return new PurserError('platform.unavailable', message, { cause })
}

/** The `code` of a system error, such as `EROFS`; empty for other errors. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
