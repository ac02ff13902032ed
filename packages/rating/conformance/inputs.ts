import { Decimal } from '@purser/kernel'
import { z } from 'zod'

/** A case that this runner cannot put to the engine, with the reason; never a failure of the engine. */
export class UnsupportedCase extends Error {}

/** The inputs as the shape describes them. What the shape does not know is unsupported, never ignored. */
export function readInputs<Shape extends z.ZodType>(
  shape: Shape,
  inputs: unknown,
): z.output<Shape> {
  const parsed = shape.safeParse(inputs)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : ''
    return `${issue.path.join('.') || 'inputs'}: ${issue.code}${keys}`
  })
  throw new UnsupportedCase(issues.join('; '))
}

/** A decimal written as a string, as the suite writes every quantity and amount. */
export const decimal = z.string().transform((text, ctx) => {
  const value = Decimal.tryParse(text)
  if (value) return value
  ctx.addIssue('not a plain decimal')
  return z.NEVER
})

/** For inputs that may be absent or null, which mean the same in the suite. */
export function optional<Shape extends z.ZodType>(shape: Shape) {
  return shape.nullish().transform((value) => value ?? undefined)
}

export const instant = z.string().transform((text, ctx) => {
  try {
    return Temporal.Instant.from(text)
  } catch {
    ctx.addIssue('not an instant')
    return z.NEVER
  }
})

export const date = z.string().transform((text, ctx) => {
  try {
    return Temporal.PlainDate.from(text)
  } catch {
    ctx.addIssue('not a date')
    return z.NEVER
  }
})
