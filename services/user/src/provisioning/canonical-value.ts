import { isMembers } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { type Attribute, findAttribute, type ScimSchema } from './scim-schema.ts'

/**
 * The members of a resource that its schema keeps, under the schema's names: names come in any case,
 * with the schema's URN before them or inside a member of that name. What is read only, `null` and
 * what the schema does not keep is left out, as a client sends back what it was answered (RFC 7644,
 * section 3.5.1).
 */
export function canonicalResource(schema: ScimSchema, members: JsonMembers): JsonMembers {
  const found: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(members)) {
    if (key.toLowerCase() === schema.urn.toLowerCase() && isMembers(value)) {
      Object.assign(found, canonicalResource(schema, value))
      continue
    }
    const attribute = findAttribute(schema.definition.attributes, nameOf(schema, key))
    if (attribute === undefined || isReadOnly(attribute) || value === null) continue
    found[attribute.name] = canonicalValue(attribute, value)
  }
  return found
}

/**
 * The value as the attribute has it: members under the schema's names, unknown ones left out, and
 * true and false as such where a client sends their names as text. Types are not checked.
 */
export function canonicalValue(attribute: Attribute, value: unknown): unknown {
  if (attribute.type === 'boolean') return booleanOf(value)
  if (attribute.type !== 'complex') return value
  if (Array.isArray(value)) return value.map((one) => canonicalMembers(attribute, one))
  const one = canonicalMembers(attribute, value)
  return attribute.config.multiValued && isMembers(value) ? [one] : one
}

function canonicalMembers({ subAttributes = [] }: Attribute, value: unknown): unknown {
  if (!isMembers(value)) return value
  const members = Object.entries(value).flatMap(([key, inner]) => {
    const sub = findAttribute(subAttributes, key)
    return sub === undefined || inner === null
      ? []
      : [[sub.name, canonicalValue(sub, inner)] as const]
  })
  return Object.fromEntries(members)
}

function booleanOf(value: unknown): unknown {
  const spelled = typeof value === 'string' ? value.toLowerCase() : value
  return spelled === 'true' ? true : spelled === 'false' ? false : value
}

function isReadOnly({ name, config }: Attribute): boolean {
  return config.mutable === false || name === 'schemas'
}

function nameOf(schema: ScimSchema, key: string): string {
  const urn = `${schema.urn.toLowerCase()}:`
  return key.toLowerCase().startsWith(urn) ? key.slice(urn.length) : key
}
