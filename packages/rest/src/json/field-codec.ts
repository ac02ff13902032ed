import { assert } from '@purser/kernel'
import type { DescField, Message } from '@bufbuild/protobuf'
import type { JsonReader } from './json-reader.ts'
import type { JsonObject, JsonValue, LeafCodec } from './leaf-codec.ts'
import { leafCodecOf, leafCodecOfType } from './leaf-codec-of.ts'
import type { Violations } from './violations.ts'

/** Reads and writes the value of one field, or of one element. Refused values are undefined. */
export type ValueCodec = {
  decode(reader: JsonReader, violations: Violations): unknown
  encode(value: unknown): JsonValue
  /** Whether an answer leaves out the value of a field without presence. */
  isEmpty(value: unknown): boolean
}

/** Finds the codec of a message when it is first needed, so that messages may contain themselves. */
export type MessageCodecs = (field: DescField) => () => ValueCodec

/** The codec of a whole field: a leaf, a message, a list or a map. */
export function valueCodecOf(field: DescField, messages: MessageCodecs): ValueCodec {
  const leaf = leafCodecOf(field)
  const element = leaf ? leafValueCodec(leaf) : messageValueCodec(messages(field))
  if (field.fieldKind === 'list') return listCodec(element)
  if (field.fieldKind !== 'map') return element
  const key = leafCodecOfType({ scalar: field.mapKey })
  assert(key, () => `${field} has a key that is no scalar`)
  return mapCodec(key, element)
}

function leafValueCodec(leaf: LeafCodec): ValueCodec {
  return {
    decode(reader, violations) {
      const kind = reader.kind()
      let value: unknown
      if (kind === 'string') value = leaf.decode(kind, reader.string())
      else if (kind === 'number') value = leaf.decode(kind, reader.number())
      else if (kind === 'boolean') value = leaf.decode(kind, reader.literal())
      else reader.skip()
      if (value === undefined) violations.add(`expected ${leaf.expected}`)
      return value
    },
    encode: leaf.encode,
    isEmpty: leaf.isEmpty,
  }
}

function messageValueCodec(find: () => ValueCodec): ValueCodec {
  return {
    decode: (reader, violations) => find().decode(reader, violations),
    encode: (value) => find().encode(value as Message),
    isEmpty: () => false,
  }
}

function listCodec(element: ValueCodec): ValueCodec {
  return {
    decode(reader, violations) {
      if (reader.kind() !== 'array') return refuse(reader, violations, 'an array')
      const items: unknown[] = []
      let index = 0
      for (let more = reader.firstItem(); more; more = reader.nextItem()) {
        violations.enter(index++)
        const item = element.decode(reader, violations)
        if (item !== undefined) items.push(item)
        violations.leave()
      }
      return items
    },
    encode: (value) => (value as unknown[]).map(element.encode),
    isEmpty: () => false,
  }
}

function mapCodec(key: LeafCodec, element: ValueCodec): ValueCodec {
  return {
    decode(reader, violations) {
      if (reader.kind() !== 'object') return refuse(reader, violations, 'an object')
      const pairs: Record<string, unknown> = {}
      for (let name = reader.firstKey(); name !== undefined; name = reader.nextKey()) {
        violations.enter(name)
        const validKey = key.decode(key.textKind, name) !== undefined
        if (!validKey) violations.add(`expected a key that is ${key.expected}`)
        if (Object.hasOwn(pairs, name)) violations.add('is given more than once')
        const value = element.decode(reader, violations)
        if (validKey && value !== undefined) setOwn(pairs, name, value)
        violations.leave()
      }
      return pairs
    },
    encode(value) {
      const pairs: JsonObject = {}
      for (const [name, item] of Object.entries(value as object)) {
        setOwn(pairs, name, element.encode(item))
      }
      return pairs
    },
    isEmpty: () => false,
  }
}

/** Reads over a value of the wrong kind. */
export function refuse(reader: JsonReader, violations: Violations, expected: string): undefined {
  reader.skip()
  violations.add(`expected ${expected}`)
}

/** Sets an own property whatever its name: assigning to `__proto__` would change the object instead. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value
  else
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
}
