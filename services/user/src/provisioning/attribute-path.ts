import { scimRefusal, type ScimType } from './scim-refusal.ts'
import { type Attribute, findAttribute, type ScimSchema } from './scim-schema.ts'

/** An attribute of a resource, or a sub-attribute of it, by the names of the schema. */
export type AttributePath = {
  attribute: Attribute
  /** Undefined for the attribute itself. */
  sub: Attribute | undefined
}

/**
 * Finds what `text` names, in any case, with or without the schema's URN before it: `userName`,
 * `name.familyName`, `urn:ietf:params:scim:schemas:core:2.0:User:name.familyName`. Throws the
 * refusal of `scimType` when the schema has no such attribute.
 */
export function findAttributePath(
  schema: ScimSchema,
  text: string,
  scimType: Extract<ScimType, 'invalidFilter' | 'invalidPath'>,
): AttributePath {
  const [name = '', subName, ...more] = withoutUrn(schema, text).split('.')
  const attribute = findAttribute(schema.definition.attributes, name)
  const subAttributes = attribute?.subAttributes ?? []
  const sub = subName === undefined ? undefined : findAttribute(subAttributes, subName)
  const isUnknown = !attribute || more.length > 0 || (subName !== undefined && !sub)
  if (isUnknown) throw scimRefusal(scimType, `There is no attribute "${text.slice(0, 200)}".`)
  return { attribute, sub }
}

/** The name without the URN of its schema, if it stands before it. */
export function withoutUrn(schema: ScimSchema, text: string): string {
  const urn = `${schema.urn.toLowerCase()}:`
  return text.toLowerCase().startsWith(urn) ? text.slice(urn.length) : text
}

/** What a comparison of the path compares: of a complex attribute with values, its `value`. */
export function comparedAttribute({ attribute, sub }: AttributePath): Attribute | undefined {
  if (sub !== undefined) return sub
  if (attribute.type !== 'complex') return attribute
  return attribute.config.multiValued
    ? findAttribute(attribute.subAttributes ?? [], 'value')
    : undefined
}
