import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf'
import { assert } from '@purser/kernel'
import type { LeafCodec } from '../json/leaf-codec.ts'
import { leafCodecOf } from '../json/leaf-codec-of.ts'
import { setField } from '../json/message-codec.ts'
import type { Violations } from '../json/violations.ts'

type Fields = Record<string, unknown>

/** A field that one piece of text can fill: a leaf or a list of leaves, perhaps inside messages. */
export type FieldPath = {
  /** Names joined by dots. */
  readonly name: string
  readonly field: DescField
  readonly leaf: LeafCodec
  readonly repeated: boolean
  /** The messages on the way, outermost first. */
  readonly parents: readonly DescField[]
}

/** Finds the field that a template names. Anything but a single leaf is a bug and throws. */
export function resolveFieldPath(desc: DescMessage, names: readonly string[]): FieldPath {
  const parents: DescField[] = []
  let owner: DescMessage | undefined = desc
  for (const [index, name] of names.entries()) {
    const field: DescField | undefined = owner?.fields.find((candidate) => candidate.name === name)
    assert(field, () => `${desc} has no field ${names.join('.')}`)
    if (index === names.length - 1) {
      const leaf = leafCodecOf(field)
      const isSingle = field.fieldKind === 'scalar' || field.fieldKind === 'enum'
      assert(leaf && isSingle, () => `${field} cannot be part of a path`)
      return { name: names.join('.'), field, leaf, repeated: false, parents }
    }
    owner = field.fieldKind === 'message' ? field.message : undefined
    parents.push(field)
  }
  return assert(false, 'a template variable without name') as never
}

/**
 * Every field that a query can fill, by its dotted name: leaves and lists of leaves, to five levels
 * of messages. Maps and lists of messages have no form in a query.
 */
export function queryFieldPaths(desc: DescMessage, levels: number): Map<string, FieldPath> {
  const found = new Map<string, FieldPath>()
  const visit = (owner: DescMessage, parents: readonly DescField[]) => {
    for (const field of owner.fields) {
      const leaf = field.fieldKind === 'map' ? undefined : leafCodecOf(field)
      const name = [...parents, field].map((part) => part.name).join('.')
      if (leaf)
        found.set(name, { name, field, leaf, repeated: field.fieldKind === 'list', parents })
      else if (field.fieldKind === 'message' && parents.length + 1 < levels) {
        visit(field.message, [...parents, field])
      }
    }
  }
  visit(desc, [])
  return found
}

/** The message that holds the field, made on the way where it is missing. */
export function ownerOf(path: FieldPath, message: Message, violations: Violations): Fields {
  let owner = message as unknown as Fields
  for (const parent of path.parents) {
    let next = readField(parent, owner)
    if (next === undefined) {
      assert(parent.message, () => `${parent} holds no message`)
      next = create(parent.message)
      setField(placeOf(parent), owner, next, violations)
    }
    owner = next as Fields
  }
  return owner
}

/** The value of a field in its message; undefined when it is not set. */
export function readField(field: DescField, owner: Fields): unknown {
  if (field.oneof === undefined) return owner[field.localName]
  const choice = owner[field.oneof.localName] as { case?: string; value?: unknown }
  return choice.case === field.localName ? choice.value : undefined
}

/** Where a field lives in its message. */
export function placeOf(field: DescField): { localName: string; oneof: string | undefined } {
  return { localName: field.localName, oneof: field.oneof?.localName }
}
