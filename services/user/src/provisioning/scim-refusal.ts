import { type ErrorCode, PurserError } from '@purser/kernel'

/** Keywords of RFC 7644, section 3.12, that this service answers. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'

const codes = {
  invalidFilter: 'request.invalid',
  mutability: 'request.invalid',
  invalidSyntax: 'request.invalid',
  invalidPath: 'request.invalid',
  noTarget: 'request.invalid',
  invalidValue: 'request.invalid',
  uniqueness: 'user.already_exists',
  tooMany: 'request.body_too_large',
} as const satisfies Record<ScimType, ErrorCode>

/**
 * The refusal that a SCIM keyword stands for. The keyword travels in `details.scim_type`; the edge
 * words the refusal as SCIM does.
 */
export function scimRefusal(scimType: ScimType, message: string, cause?: unknown): PurserError {
  return new PurserError(codes[scimType], message, { cause, details: { scim_type: scimType } })
}
