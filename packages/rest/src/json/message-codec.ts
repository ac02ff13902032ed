import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf'
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt'
import { assert } from '@purser/kernel'
import { type ValueCodec, refuse, valueCodecOf } from './field-codec.ts'
import type { JsonReader } from './json-reader.ts'
import type { JsonObject } from './leaf-codec.ts'
import type { Violations } from './violations.ts'

type Fields = Record<string, unknown>

type FieldCodec = ValueCodec & {
  readonly name: string
  readonly localName: string
  /** Property of the oneof that holds the field. */
  readonly oneof: string | undefined
  /** Whether "not set" differs from the zero value. */
  readonly hasPresence: boolean
}

/** The value of a oneof in a message. */
type OneofValue = { case: string | undefined; value?: unknown }

/** Maps one type of message to JSON objects and back. Compiled once; see README for every rule. */
export class MessageCodec implements ValueCodec {
  readonly desc: DescMessage
  readonly #fields: readonly FieldCodec[]
  readonly #byName: ReadonlyMap<string, FieldCodec>
  readonly #camelNames: ReadonlyMap<string, string>

  constructor(desc: DescMessage, codecOf: (desc: DescMessage) => MessageCodec) {
    // Their JSON forms are no plain objects. None is in the contract.
    assert(
      !desc.typeName.startsWith('google.protobuf.'),
      () => `${desc.typeName} has no JSON mapping here`,
    )
    this.desc = desc
    this.#fields = desc.fields.map((field) => compileField(field, codecOf))
    this.#byName = new Map(this.#fields.map((field) => [field.name, field]))
    this.#camelNames = new Map(desc.fields.map((field) => [field.jsonName, field.name]))
  }

  /** Reads an object as a new message; undefined when it is no object. */
  decode(reader: JsonReader, violations: Violations): Message | undefined {
    const message = create(this.desc)
    return this.decodeInto(message, reader, violations) ? message : undefined
  }

  /** Reads an object into `message`. Answers the names it gave, or undefined when it is no object. */
  decodeInto(
    message: Message,
    reader: JsonReader,
    violations: Violations,
  ): ReadonlySet<string> | undefined {
    if (reader.kind() !== 'object') return refuse(reader, violations, 'an object')
    const given = new Set<string>()
    for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
      violations.enter(key)
      if (given.has(key)) violations.add('is given more than once')
      given.add(key)
      const field = this.#byName.get(key)
      if (field) decodeField(field, message as unknown as Fields, reader, violations)
      else {
        reader.skip()
        violations.add(this.unknownField(key))
      }
      violations.leave()
    }
    return given
  }

  /** What to say about a name that no field has. */
  unknownField(name: string): string {
    const meant = this.#camelNames.get(name)
    return meant === undefined ? 'unknown field' : `unknown field; its name is ${meant}`
  }

  /** The JSON object of a message, in the order of the contract. */
  encode(message: unknown): JsonObject {
    const source = message as Fields
    const target: JsonObject = {}
    for (const field of this.#fields) {
      const value = field.oneof === undefined ? source[field.localName] : oneofValue(source, field)
      if (value === undefined || (!field.hasPresence && field.isEmpty(value))) continue
      target[field.name] = field.encode(value)
    }
    return target
  }

  isEmpty(): boolean {
    return false
  }
}

function compileField(field: DescField, codecOf: (desc: DescMessage) => MessageCodec): FieldCodec {
  const value = valueCodecOf(field, (owner) => {
    const desc = owner.message
    assert(desc, () => `${owner} holds no message`)
    return () => codecOf(desc)
  })
  return {
    ...value,
    name: field.name,
    localName: field.localName,
    oneof: field.oneof?.localName,
    hasPresence: field.presence !== FeatureSet_FieldPresence.IMPLICIT,
  }
}

function decodeField(
  field: FieldCodec,
  target: Fields,
  reader: JsonReader,
  violations: Violations,
): void {
  if (reader.kind() === 'null') {
    reader.literal()
    return
  }
  const value = field.decode(reader, violations)
  if (value !== undefined) setField(field, target, value, violations)
}

/** Sets a field; a second member of a oneof is a violation. */
export function setField(
  field: Pick<FieldCodec, 'localName' | 'oneof'>,
  target: Fields,
  value: unknown,
  violations: Violations,
): void {
  if (field.oneof === undefined) {
    target[field.localName] = value
    return
  }
  const before = target[field.oneof] as OneofValue
  if (before.case !== undefined && before.case !== field.localName) {
    violations.add('only one of the choices may be given')
  }
  target[field.oneof] = { case: field.localName, value }
}

function oneofValue(source: Fields, field: FieldCodec): unknown {
  const choice = source[field.oneof as string] as OneofValue
  return choice.case === field.localName ? choice.value : undefined
}
