import { PurserError } from '@purser/kernel'
import type { HttpBinding } from './http-rule.ts'

/**
 * A service names refused fields from the root of its request message. Where the body stands for one
 * field of it, callers know them from the root of the body: `plan.terms.name` is their `terms.name`.
 */
export function inBodyTerms(error: PurserError, body: HttpBinding['body']): PurserError {
  if (typeof body !== 'object' || error.fields.length === 0) return error
  const { message, code, details, cause } = error
  const fields = error.fields.map((violation) => ({
    field: fromBodyRoot(violation.field, body.name),
    message: violation.message,
  }))
  return new PurserError(code, message, { fields, details, cause })
}

function fromBodyRoot(field: string, bodyField: string): string {
  if (field === bodyField) return 'body'
  if (field.startsWith(`${bodyField}.`)) return field.slice(bodyField.length + 1)
  return field.startsWith(`${bodyField}[`) ? `body${field.slice(bodyField.length)}` : field
}
