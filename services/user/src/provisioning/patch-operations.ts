import { withoutUrn } from './attribute-path.ts'
import { isMembers, memberOf } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { scimRefusal } from './scim-refusal.ts'
import { type Attribute, findAttribute, type ScimSchema } from './scim-schema.ts'

/** One change of one attribute. */
export type PatchOperation = {
  op: 'add' | 'remove' | 'replace'
  attribute: Attribute
  /** Which elements of a multi-valued attribute; undefined for all of it. */
  elementFilter: string | undefined
  /** Sub-attribute, of those elements if there is a filter. */
  sub: Attribute | undefined
  /** Undefined when the client sent none. */
  value: unknown
}

const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const mostOperations = 100
const pathPattern = /^([^[\]]+)(?:\[(.*)\](?:\.([\w$-]+))?)?$/s

/**
 * Reads a PATCH message (RFC 7644, section 3.5.2): at most 100 operations, `op` in any case, an
 * operation without `path` taken apart into one for each attribute of its value. Operations on
 * attributes that RFC 7643 or an extension has and this service does not keep are left out, as they
 * are when a resource is created. Throws `invalidSyntax`, `invalidPath`, `invalidValue`, `noTarget`,
 * `tooMany`.
 */
export function readPatch(schema: ScimSchema, body: JsonMembers): PatchOperation[] {
  const schemas = memberOf(body, 'schemas')
  if (!Array.isArray(schemas) || !schemas.includes(patchUrn)) {
    throw scimRefusal('invalidSyntax', `The body is no ${patchUrn}.`)
  }
  const operations = memberOf(body, 'Operations')
  if (!Array.isArray(operations) || operations.length === 0) {
    throw scimRefusal('invalidSyntax', 'The body has no "Operations".')
  }
  if (operations.length > mostOperations) {
    throw scimRefusal('tooMany', `There may be at most ${mostOperations} operations.`)
  }
  return operations.flatMap((operation) => readOperation(schema, operation))
}

function readOperation(schema: ScimSchema, operation: unknown): PatchOperation[] {
  if (!isMembers(operation)) throw scimRefusal('invalidSyntax', 'An operation is no object.')
  const spelled = String(memberOf(operation, 'op')).toLowerCase()
  const op = (['add', 'remove', 'replace'] as const).find((known) => known === spelled)
  if (op === undefined) {
    throw scimRefusal('invalidSyntax', '"op" must be "add", "remove" or "replace".')
  }
  const path = memberOf(operation, 'path')
  const value = memberOf(operation, 'value')
  if (path !== undefined && path !== null && path !== '') {
    if (typeof path !== 'string') throw scimRefusal('invalidPath', '"path" must be a text.')
    return readTarget(schema, op, path, value)
  }
  if (op === 'remove') throw scimRefusal('noTarget', 'To remove, "path" must say what.')
  if (!isMembers(value))
    throw scimRefusal('invalidValue', 'Without "path", "value" must be an object.')
  return takenApart(schema, op, value)
}

function takenApart(
  schema: ScimSchema,
  op: PatchOperation['op'],
  value: JsonMembers,
): PatchOperation[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const isWhole = name.toLowerCase() === schema.urn.toLowerCase()
    if (isWhole && isMembers(inner)) return takenApart(schema, op, inner)
    // What every resource has of itself may be sent along.
    if (['schemas', 'id', 'meta'].includes(name.toLowerCase())) return []
    return readTarget(schema, op, name, inner)
  })
}

function readTarget(
  schema: ScimSchema,
  op: PatchOperation['op'],
  path: string,
  value: unknown,
): PatchOperation[] {
  const [, name = '', elementFilter, after] = pathPattern.exec(withoutUrn(schema, path)) ?? []
  const [first = '', dotted, ...more] = name.split('.')
  const attribute = findAttribute(schema.definition.attributes, first)
  if (attribute === undefined) {
    const isForeign = name.toLowerCase().startsWith('urn:') || schema.isForgotten(first)
    if (isForeign) return []
    throw invalidPath(path)
  }
  const subName = after ?? dotted
  const sub =
    subName === undefined ? undefined : findAttribute(attribute.subAttributes ?? [], subName)
  const isMalformed = more.length > 0 || (after !== undefined && dotted !== undefined)
  const filtersOne = elementFilter !== undefined && !attribute.config.multiValued
  if (isMalformed || filtersOne || (subName !== undefined && !sub)) throw invalidPath(path)
  if (attribute.config.mutable === false) {
    throw scimRefusal('mutability', `"${attribute.name}" cannot be changed.`)
  }
  return [{ op, attribute, elementFilter, sub, value }]
}

function invalidPath(path: string) {
  return scimRefusal('invalidPath', `There is no attribute "${path.slice(0, 200)}".`)
}
