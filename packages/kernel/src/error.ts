import { type ErrorCode, type ErrorKind, errorKinds } from './error-codes.ts'

/** One refused field. `field` is a snake_case JSON path from the request's root: `prices[0].tiers`. */
export type FieldViolation = { field: string; message: string }

export type PurserErrorOptions = {
  cause?: unknown
  fields?: readonly FieldViolation[]
  details?: Readonly<Record<string, string>>
}

/**
 * A refusal: the platform works and says no. `message`, `fields` and `details` are public and reach the
 * caller; `cause` is private and reaches only the log. A bug is an `AssertionError` instead.
 */
export class PurserError extends Error {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly fields: readonly FieldViolation[]
  readonly details: Readonly<Record<string, string>>

  constructor(code: ErrorCode, publicMessage: string, options: PurserErrorOptions = {}) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PurserError'
    this.code = code
    this.kind = errorKinds[code]
    this.fields = options.fields ?? []
    this.details = options.details ?? {}
  }
}

/** Whether `error` is a refusal of the platform, as opposed to a bug or a fault of a library. */
export function isPurserError(error: unknown): error is PurserError {
  return error instanceof PurserError
}
