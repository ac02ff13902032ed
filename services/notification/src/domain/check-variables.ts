import { type FieldViolation, PurserError } from '@purser/kernel'

/** Values of a template's variables; the secret ones are not kept. */
export type Variables = Readonly<Record<string, string>>

/**
 * Checks that a template can be filled: nothing is missing, nothing is told twice, and what is named a link is one, so that
 * no mail of ours carries `javascript:`. Throws `notification.missing_variable` or `request.invalid`.
 */
export function checkVariables(
  templateKey: string,
  needed: readonly string[],
  { variables, secretVariables }: { variables: Variables; secretVariables: Variables },
): void {
  checkPresent(templateKey, needed, { ...variables, ...secretVariables })
  const fields = [
    ...violations('variables', variables, secretVariables),
    ...violations('secret_variables', secretVariables, {}),
  ]
  if (fields.length > 0) {
    throw new PurserError('request.invalid', 'The variables cannot be put into a mail.', { fields })
  }
}

/** Throws `notification.missing_variable` unless a template has all values that it needs. */
export function checkPresent(
  templateKey: string,
  needed: readonly string[],
  values: Variables,
): void {
  const missing = needed.filter((name) => !Object.hasOwn(values, name))
  if (missing.length === 0) return
  throw new PurserError(
    'notification.missing_variable',
    `The template ${templateKey} also needs: ${missing.join(', ')}.`,
    { fields: missing.map((name) => ({ field: `variables.${name}`, message: 'is missing' })) },
  )
}

function violations(field: string, variables: Variables, others: Variables): FieldViolation[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const path = `${field}.${name}`
    if (Object.hasOwn(others, name)) return [{ field: path, message: 'is told as a secret too' }]
    const isBadLink = /(^|_)link$/.test(name) && value !== '' && !isWebAddress(value)
    return isBadLink ? [{ field: path, message: 'must be an http or https address' }] : []
  })
}

function isWebAddress(text: string): boolean {
  return !/\s/.test(text) && /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}
