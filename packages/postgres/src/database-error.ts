import { isPurserError, PurserError } from '@purser/kernel'
import pg from 'pg'

/** SQLSTATE codes, appendix A of the Postgres manual; two characters stand for the class. */
const unavailable = new Set(['08', '57P01', '57P02', '57P03', '57P05', '53100', '53200', '53300'])
const collisions = new Set(['40001', '40P01'])
const unstorableText = new Set(['22021', '22P05'])
const queryCanceled = '57014'
const uniqueViolation = '23505'

/** True for an answer of the server: the connection itself works unless it says otherwise. */
export function isServerAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.code !== undefined
}

/**
 * True when the connection cannot be used again: no answer came, or the server ended the session.
 */
export function isConnectionLoss(error: unknown): boolean {
  if (!isServerAnswer(error)) return true
  return error.severity === 'FATAL' || error.severity === 'PANIC'
}

/** True for a serialization failure (40001) or a deadlock (40P01): running it again may succeed. */
export function isCollision(error: unknown): boolean {
  const answer = isPurserError(error) ? error.cause : error
  return isServerAnswer(answer) && collisions.has(answer.code ?? '')
}

/** True when an insert or update met an existing key; `constraint` narrows to one by its name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!isServerAnswer(error) || error.code !== uniqueViolation) return false
  return constraint === undefined || error.constraint === constraint
}

/**
 * The error that leaves a transaction. What the platform as a whole gives a meaning becomes a
 * `PurserError` with the original as its private cause: no database (`platform.unavailable`), text
 * that Postgres cannot hold (`request.invalid`), a statement over its time
 * (`request.deadline_exceeded`). All else passes unchanged.
 */
export function toPurserError(error: unknown): unknown {
  if (isPurserError(error) || !isServerAnswer(error)) return error
  const code = error.code ?? ''
  if (unavailable.has(code) || unavailable.has(code.slice(0, 2))) {
    return databaseUnavailable(error)
  }
  if (collisions.has(code)) {
    return new PurserError('platform.unavailable', 'Concurrent changes collided; try again.', {
      cause: error,
    })
  }
  if (unstorableText.has(code)) {
    return new PurserError('request.invalid', 'Text must not contain the NUL character.', {
      cause: error,
    })
  }
  if (code === queryCanceled) {
    return new PurserError('request.deadline_exceeded', 'The database took too long.', {
      cause: error,
    })
  }
  return error
}

/** The database cannot be reached or went away before anything was committed. */
export function databaseUnavailable(cause: unknown): PurserError {
  return new PurserError('platform.unavailable', 'The database is not available.', { cause })
}

/** The reply to COMMIT did not come: the change may or may not be stored. */
export function commitOutcomeUnknown(cause: unknown): PurserError {
  return new PurserError('platform.unavailable', 'It is not known whether the change was stored.', {
    cause,
    details: { outcome: 'unknown' },
  })
}
