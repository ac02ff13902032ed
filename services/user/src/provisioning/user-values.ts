import { isPurserError } from '@purser/kernel'
import { Types } from 'scimmy'
import { isEmailAddress, normalizeEmail } from '../domain/user.ts'
import { canonicalResource } from './canonical-value.ts'
import { isMembers, memberOf } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { scimRefusal } from './scim-refusal.ts'
import { type ScimSchema, userSchema } from './scim-schema.ts'

/** What an identity provider tells of a person. */
export type UserValues = {
  /** From `userName`, as `normalizeEmail` answers it. */
  email: string
  fullName: string
  isActive: boolean
  /** Empty when not told. */
  externalId: string
  /** Attributes that have no place of their own, by the names of RFC 7643. */
  attributes: JsonMembers
}

/** Attributes with a place of their own, and those that follow from it. */
const placed = new Set(['schemas', 'id', 'meta', 'externalId', 'userName', 'displayName', 'active'])
const longestText = 1_000
const mostElements = 50

/**
 * Reads a whole SCIM user. `active` is true unless told. Throws `invalidSyntax` for the schema of
 * something else, `invalidValue` for a value that its attribute cannot have and for a `userName`
 * that is no e-mail address.
 */
export function readUserValues(members: JsonMembers): UserValues {
  const user = coerced(userSchema, members)
  const email = normalizeEmail(String(user.userName))
  if (!isEmailAddress(email)) {
    throw scimRefusal('invalidValue', '"userName" must be an e-mail address.')
  }
  const attributes = Object.fromEntries(Object.entries(user).filter(([name]) => !placed.has(name)))
  checkSizes(attributes)
  return {
    email,
    fullName: fullNameOf(user) || email,
    isActive: user.active !== false,
    externalId: checkedText('externalId', user.externalId),
    attributes,
  }
}

/** The values of a resource, checked by SCIMMY against its schema. */
export function coerced(schema: ScimSchema, members: JsonMembers): JsonMembers {
  const told = memberOf(members, 'schemas')
  const schemas = Array.isArray(told) && told.length > 0 ? told : [schema.urn]
  if (!schemas.some((urn) => String(urn).toLowerCase() === schema.urn.toLowerCase())) {
    throw scimRefusal('invalidSyntax', `The body is no ${schema.urn}.`)
  }
  return withScimRefusals(() => {
    const value = { ...canonicalResource(schema, members), schemas: [schema.urn] }
    return JSON.parse(JSON.stringify(new schema.type(value, 'in'))) as JsonMembers
  })
}

/** Runs SCIMMY and turns what it throws into refusals. */
function withScimRefusals<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toRefusal(error)
  }
}

/** The refusal that an error of SCIMMY stands for; anything else as it is. */
export function toRefusal(error: unknown): unknown {
  if (isPurserError(error)) return error
  if (error instanceof Types.Error) {
    const { scimType, message } = error as Error & { scimType?: string }
    const known = ['invalidPath', 'noTarget', 'mutability', 'invalidSyntax'] as const
    return scimRefusal(known.find((one) => one === scimType) ?? 'invalidValue', message, error)
  }
  return error instanceof TypeError ? scimRefusal('invalidValue', error.message, error) : error
}

/** A text of at most 1,000 characters; empty when it is not told. Throws `invalidValue`. */
export function checkedText(name: string, value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value)
  if (text.length <= longestText) return text
  throw scimRefusal('invalidValue', `"${name}" may have at most ${longestText} characters.`)
}

function fullNameOf({ displayName, name }: JsonMembers): string {
  const { formatted, givenName, familyName } = isMembers(name) ? name : {}
  const joined = [givenName, familyName].filter((part) => typeof part === 'string').join(' ')
  const told = [displayName, formatted, joined].find(
    (text) => typeof text === 'string' && text.trim(),
  )
  return checkedText('displayName', told).trim().slice(0, 200)
}

function checkSizes(attributes: JsonMembers): void {
  const visit = (name: string, value: unknown) => {
    if (typeof value === 'string') checkedText(name, value)
    if (Array.isArray(value) && value.length > mostElements) {
      throw scimRefusal('invalidValue', `"${name}" may have at most ${mostElements} values.`)
    }
    if (typeof value !== 'object' || value === null) return
    for (const inner of Object.values(value)) visit(name, inner)
  }
  for (const [name, value] of Object.entries(attributes)) visit(name, value)
}
