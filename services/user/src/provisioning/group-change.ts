import { canonicalValue } from './canonical-value.ts'
import type { Filter } from './filter.ts'
import { parseElementFilter } from './parse-filter.ts'
import type { PatchOperation } from './patch-operations.ts'
import { isMembers } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { scimRefusal } from './scim-refusal.ts'
import { findAttribute, groupSchema } from './scim-schema.ts'
import { checkedText, coerced } from './user-values.ts'

/** What an identity provider tells of a group. */
export type GroupValues = {
  displayName: string
  externalId: string
  /** Ids of people, each once. */
  memberIds: readonly string[]
}

/**
 * A change of a group's members: of all of them, or of a few. A group may have many, so that they
 * are never read to change one.
 */
export type MemberChange =
  | { kind: 'add' | 'remove' | 'replace'; userIds: readonly string[] }
  | { kind: 'clear' }

/** A PATCH of a group; what is undefined stays as it is. */
export type GroupChange = {
  displayName: string | undefined
  externalId: string | undefined
  /** In the order of the operations. */
  members: readonly MemberChange[]
}

const mostMembers = 5_000

/** Reads a whole SCIM group with at most 5,000 members. Throws `invalidSyntax`, `invalidValue`. */
export function readGroupValues(members: JsonMembers): GroupValues {
  const { members: told = [], ...others } = lowered(members)
  const group = coerced(groupSchema, others)
  return {
    displayName: displayNameOf(group.displayName),
    externalId: checkedText('externalId', group.externalId),
    memberIds: memberIds(told),
  }
}

/** Reads the operations of a PATCH of a group. Throws `invalidValue`, `invalidFilter`, `invalidPath`. */
export function readGroupChange(operations: readonly PatchOperation[]): GroupChange {
  let displayName: string | undefined
  let externalId: string | undefined
  const members: MemberChange[] = []
  for (const operation of operations) {
    const { op, attribute, value } = operation
    const told = op === 'remove' ? undefined : value
    if (attribute.name === 'displayName') displayName = displayNameOf(told)
    if (attribute.name === 'externalId') externalId = checkedText('externalId', told)
    if (attribute.name === 'members') members.push(memberChange(operation))
  }
  return { displayName, externalId, members }
}

function memberChange({ op, elementFilter, sub, value }: PatchOperation): MemberChange {
  if (sub !== undefined) throw scimRefusal('mutability', 'A member can be added and removed only.')
  if (elementFilter !== undefined) {
    if (op !== 'remove')
      throw scimRefusal('invalidPath', 'Only what is removed is named by a filter.')
    return { kind: 'remove', userIds: idsNamedBy(parsedMemberFilter(elementFilter)) }
  }
  if (op === 'remove' && (value === undefined || value === null)) return { kind: 'clear' }
  return { kind: op, userIds: memberIds(value ?? []) }
}

/** The ids of `value eq "…"`, also several of them joined by `or`. */
function idsNamedBy(filter: Filter): string[] {
  if (filter.kind === 'any') return filter.parts.flatMap(idsNamedBy)
  const isId =
    filter.kind === 'compare' && filter.comparison === 'eq' && filter.path.sub?.name === 'value'
  if (isId) return [String(filter.value)]
  throw scimRefusal('invalidFilter', 'Members are named by "value eq" alone.')
}

const membersAttribute = findAttribute(groupSchema.definition.attributes, 'members')

function parsedMemberFilter(text: string): Filter {
  if (membersAttribute === undefined) throw scimRefusal('invalidPath', 'Groups have no members.')
  return parseElementFilter(membersAttribute, text)
}

function memberIds(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value]
  if (list.length > mostMembers) {
    throw scimRefusal('invalidValue', `At most ${mostMembers} members can be told at once.`)
  }
  const ids = list.map((member) => {
    const told =
      membersAttribute && canonicalValue(membersAttribute, isMembers(member) ? member : {})
    const [one] = Array.isArray(told) ? told : []
    const id = isMembers(one) ? one.value : member
    if (typeof id === 'string' && id !== '' && id.length <= 128) return id.toLowerCase()
    throw scimRefusal('invalidValue', 'A member must name a person by "value".')
  })
  return [...new Set(ids)]
}

function displayNameOf(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : ''
  if (name === '') throw scimRefusal('invalidValue', '"displayName" must be a text.')
  return checkedText('displayName', name)
}

/** The members of a resource, `members` among them under this name. */
function lowered(resource: JsonMembers): JsonMembers {
  const named = Object.entries(resource).map(
    ([key, value]) => [key.toLowerCase() === 'members' ? 'members' : key, value] as const,
  )
  return Object.fromEntries(named.filter(([key, value]) => key !== 'members' || value !== null))
}
