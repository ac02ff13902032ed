import { type ErrorCode, type ErrorKind, isPurserError, PurserError } from '@purser/kernel'
import { toPurserError } from '@purser/rpc'
import type { CheckoutFailure } from '../domain/checkout.ts'
import { type CheckoutStep, isGivenUpInDoubt } from '../domain/checkout-step.ts'
import type { StepResult } from './step-result.ts'

/** Refusals of another service that say that nothing was done. All else leaves it open. */
const definite: ReadonlySet<ErrorKind> = new Set([
  'invalid_argument',
  'not_found',
  'already_exists',
  'failed_precondition',
])

/** Refusals of other kinds that say so too. */
const definiteCodes: ReadonlySet<ErrorCode> = new Set(['cart.changed'])

/** What another service refused, when it is certain that it did nothing; undefined otherwise. */
export function definiteRefusal(error: unknown): PurserError | undefined {
  const refusal = toPurserError(error)
  const isDefinite = definite.has(refusal.kind) || definiteCodes.has(refusal.code)
  return isDefinite ? refusal : undefined
}

/** The failure of a checkout that a refusal makes. */
export function failureOf({ code, message, fields, details }: PurserError): CheckoutFailure {
  return { code, message, fields, details }
}

/** The refusal that whoever asked for the checkout is answered. */
export function refusalOf({ code, message, fields, details }: CheckoutFailure): PurserError {
  return new PurserError(code, message, { fields, details })
}

/** A refusal of our own. */
export function refused(
  code: ErrorCode,
  message: string,
  details: Record<string, string> = {},
): StepResult {
  return { kind: 'refused', failure: { code, message, fields: [], details }, inDoubt: false }
}

/** What an error of a call means for the step that made it. */
export function resultOfError(step: CheckoutStep, error: unknown): StepResult {
  const refusal = definiteRefusal(error)
  if (refusal) return { kind: 'refused', failure: failureOf(refusal), inDoubt: false }
  const { code, message } = isPurserError(error) ? error : toPurserError(error)
  if (!isGivenUpInDoubt(step)) return { kind: 'later', detail: `${code}: ${message}` }
  const failure: CheckoutFailure = {
    code: 'platform.unavailable',
    message: 'The order could not be placed at this moment; nothing was charged.',
    fields: [],
    details: { step },
  }
  return { kind: 'refused', failure, inDoubt: true }
}
