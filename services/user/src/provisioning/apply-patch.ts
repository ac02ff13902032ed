import { isDeepStrictEqual } from 'node:util'
import { Messages } from 'scimmy'
import { canonicalValue } from './canonical-value.ts'
import type { Filter } from './filter.ts'
import { matchesElement } from './matches-element.ts'
import { parseElementFilter } from './parse-filter.ts'
import type { PatchOperation } from './patch-operations.ts'
import { isMembers } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { scimRefusal } from './scim-refusal.ts'
import type { ScimSchema } from './scim-schema.ts'
import { toRefusal } from './user-values.ts'

/**
 * The resource after the operations, in their order. What an operation means for the values of an
 * attribute is worked out here, with the filters of this service; SCIMMY then sets or removes the
 * attribute and checks types and requiredness. Throws `noTarget`, `invalidFilter`, `invalidValue`,
 * `mutability`.
 */
export async function applyPatch(
  schema: ScimSchema,
  resource: JsonMembers,
  operations: readonly PatchOperation[],
): Promise<JsonMembers> {
  let current = resource
  for (const operation of operations) {
    current = await applyWhole(
      schema,
      current,
      operation.attribute.name,
      newValue(current, operation),
    )
  }
  return current
}

/** Gives an attribute its new value, or takes it away where that is undefined. */
async function applyWhole(
  schema: ScimSchema,
  resource: JsonMembers,
  path: string,
  value: unknown,
): Promise<JsonMembers> {
  const change = value === undefined ? { op: 'remove', path } : { op: 'replace', path, value }
  try {
    const patch = new Messages.PatchOp({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [change as { op: 'replace'; path: string; value: unknown }],
    })
    const changed = await patch.apply(new schema.type(resource, 'out'))
    return changed === undefined ? resource : (JSON.parse(JSON.stringify(changed)) as JsonMembers)
  } catch (error) {
    throw toRefusal(error)
  }
}

function newValue(resource: JsonMembers, operation: PatchOperation): unknown {
  const { attribute, value, op } = operation
  const current = resource[attribute.name]
  if (!attribute.config.multiValued) return newSingle(current, operation)
  const elements = (Array.isArray(current) ? current : []).filter(isMembers)
  if (operation.elementFilter !== undefined || operation.sub !== undefined) {
    return listOrNothing(changedElements(elements, operation))
  }
  const wanted = listOf(canonicalValue(attribute, value))
  if (op === 'replace') return listOrNothing(wanted)
  if (op === 'add') return added(elements, wanted)
  if (value === undefined || value === null) return undefined
  return listOrNothing(elements.filter((element) => !wanted.some((one) => isPartOf(one, element))))
}

function newSingle(current: unknown, { op, attribute, sub, value }: PatchOperation): unknown {
  if (sub !== undefined) {
    const members = isMembers(current) ? current : {}
    const { [sub.name]: _former, ...others } = members
    const isGone = op === 'remove' || value === undefined || value === null
    const changed = isGone ? others : { ...others, [sub.name]: canonicalValue(sub, value) }
    return Object.keys(changed).length > 0 ? changed : undefined
  }
  if (op === 'remove' || value === undefined || value === null) return undefined
  const wanted = canonicalValue(attribute, value)
  // Adding to a complex attribute keeps what is not told, and so does replacing it: section 3.5.2.3.
  return isMembers(wanted) && isMembers(current) ? { ...current, ...wanted } : wanted
}

/** The elements after a change of those that a filter chooses, or of all without one. */
function changedElements(
  elements: readonly JsonMembers[],
  { op, attribute, elementFilter, sub, value }: PatchOperation,
): JsonMembers[] {
  const filter =
    elementFilter === undefined ? undefined : parseElementFilter(attribute, elementFilter)
  const isChosen = (element: JsonMembers) => !filter || matchesElement(filter, element)
  if (op === 'remove' && sub === undefined) return elements.filter((element) => !isChosen(element))
  if (op === 'remove') {
    return elements.map((element) => (isChosen(element) ? without(element, sub?.name) : element))
  }
  const change = sub ? { [sub.name]: canonicalValue(sub, value) } : canonicalValue(attribute, value)
  const [told] = listOf(change)
  if (!isMembers(told)) throw scimRefusal('invalidValue', `"${attribute.name}" has no such value.`)
  if (elements.some(isChosen)) {
    return onePrimary(
      elements.map((one) => (isChosen(one) ? { ...one, ...told } : one)),
      told,
    )
  }
  // Some clients name an element that is to be made: `emails[type eq "work"].value`.
  const made = filter && describedElement(filter)
  if (made === undefined) {
    throw scimRefusal('noTarget', `No value of "${attribute.name}" fulfils the filter.`)
  }
  return onePrimary([...elements, { ...made, ...told }], told)
}

/** The one element that a filter describes by equalities; undefined when it leaves a choice. */
function describedElement(filter: Filter): JsonMembers | undefined {
  if (filter.kind === 'all') {
    const parts = filter.parts.map(describedElement)
    return parts.every((part) => part !== undefined) ? Object.assign({}, ...parts) : undefined
  }
  const isEquality = filter.kind === 'compare' && filter.comparison === 'eq' && filter.path.sub
  return isEquality ? { [isEquality.name]: filter.value } : undefined
}

function added(elements: readonly JsonMembers[], wanted: readonly unknown[]): unknown[] {
  const fresh = wanted.filter((one) => !elements.some((element) => isDeepStrictEqual(one, element)))
  const primary = fresh.findLast((one) => isMembers(one) && one.primary === true)
  const all = [...elements, ...fresh]
  return isMembers(primary) ? onePrimary(all.filter(isMembers), primary) : all
}

/** A value that becomes the primary one takes that from the others (section 3.5.2). */
function onePrimary(elements: readonly JsonMembers[], told: JsonMembers): JsonMembers[] {
  if (told.primary !== true) return [...elements]
  const chosen = elements.findLast((element) => isPartOf(told, element))
  return elements.map((element) =>
    element !== chosen && element.primary === true ? { ...element, primary: false } : element,
  )
}

function isPartOf(part: unknown, element: JsonMembers): boolean {
  if (!isMembers(part)) return false
  const members = Object.entries(part)
  return members.length > 0 && members.every(([name, value]) => element[name] === value)
}

function without(members: JsonMembers, name: string | undefined): JsonMembers {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))
}

function listOf(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
}

function listOrNothing(list: readonly unknown[]): readonly unknown[] | undefined {
  return list.length > 0 ? list : undefined
}
