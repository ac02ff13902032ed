import {
  create,
  type DescField,
  type DescMethod,
  getOption,
  type Message,
} from '@bufbuild/protobuf'
import { query_beside_body } from '@purser/contracts/purser/options/v1/options'
import type { JsonCodecs } from '../json/json-codec.ts'
import { type ValueCodec, valueCodecOf } from '../json/field-codec.ts'
import { JsonReader } from '../json/json-reader.ts'
import { type MessageCodec, setField } from '../json/message-codec.ts'
import { Violations } from '../json/violations.ts'
import {
  type FieldPath,
  ownerOf,
  placeOf,
  queryFieldPaths,
  readField,
  resolveFieldPath,
} from './field-path.ts'
import type { HttpBinding } from './http-rule.ts'
import { parseQueryString } from './query-string.ts'

const QUERY_LEVELS = 5

type Fields = Record<string, unknown>

/** The pieces of an HTTP request that a message is made of. */
export type RequestParts = {
  /** Values of the template's variables, decoded. */
  captures: readonly string[]
  /** The query without its question mark. */
  query: string
  /** The body as text; empty without one. */
  body: string
}

/** Makes request messages of HTTP requests for one binding. */
export class RequestDecoder {
  readonly #method: DescMethod
  readonly #codec: MessageCodec
  readonly #body: HttpBinding['body']
  readonly #bodyCodec: ValueCodec | undefined
  readonly #pathFields: readonly FieldPath[]
  readonly #queryFields: ReadonlyMap<string, FieldPath>
  readonly #otherPlaces = new Map<string, string>()

  constructor(binding: HttpBinding, codecs: JsonCodecs) {
    const { method, body, template } = binding
    this.#method = method
    this.#codec = codecs.of(method.input)
    this.#body = body
    this.#pathFields = template.variables.map(({ field }) => resolveFieldPath(method.input, field))
    // Beside a whole body only its top-level fields have an unmistakable place in the query.
    const queryFields = queryFieldPaths(method.input, body === '*' ? 1 : QUERY_LEVELS)
    if (body === '*' && !getOption(method, query_beside_body)) {
      for (const name of queryFields.keys()) this.#otherPlaces.set(name, 'belongs in the body')
    }
    for (const { name } of this.#pathFields) this.#otherPlaces.set(name, 'is given by the path')
    if (typeof body === 'object') {
      this.#bodyCodec = valueCodecOf(body, (field) => () => codecs.of(field.message as never))
      for (const name of queryFields.keys()) {
        const isInBody = name === body.name || name.startsWith(`${body.name}.`)
        if (isInBody) this.#otherPlaces.set(name, 'belongs in the body')
      }
    }
    for (const name of this.#otherPlaces.keys()) queryFields.delete(name)
    this.#queryFields = queryFields
  }

  /** The fields that the query may fill, for documentation. */
  get queryFields(): Iterable<FieldPath> {
    return this.#queryFields.values()
  }

  /** The fields that the path fills, for documentation. */
  get pathFields(): readonly FieldPath[] {
    return this.#pathFields
  }

  /**
   * Reads a request. Throws PurserError `request.invalid_json` or `request.invalid`, the latter with
   * every violation; fields of the body are named from the body's root.
   */
  decode(parts: RequestParts): Message {
    const message = create(this.#method.input)
    const violations = new Violations()
    const inBody = parts.body === '' ? noNames : this.#readBody(message, parts.body, violations)
    this.#readQuery(message, parts.query, inBody, violations)
    for (const [index, path] of this.#pathFields.entries()) {
      setFromPath(path, message, parts.captures[index] ?? '', violations)
    }
    violations.throwIfAny()
    return message
  }

  #readBody(message: Message, text: string, violations: Violations): ReadonlySet<string> {
    const reader = new JsonReader(text)
    if (this.#body === 'none') {
      violations.add('this method takes no body')
      return noNames
    }
    let names: ReadonlySet<string> | undefined
    if (this.#body === '*') names = this.#codec.decodeInto(message, reader, violations)
    else this.#readBodyField(this.#body, message as unknown as Fields, reader, violations)
    reader.end()
    return names ?? noNames
  }

  #readBodyField(field: DescField, target: Fields, reader: JsonReader, violations: Violations) {
    const value = this.#bodyCodec?.decode(reader, violations)
    if (value !== undefined) setField(placeOf(field), target, value, violations)
  }

  #readQuery(
    message: Message,
    query: string,
    inBody: ReadonlySet<string>,
    violations: Violations,
  ): void {
    const given = new Set<string>()
    for (const [name, text] of parseQueryString(query)) {
      violations.enter(name)
      const path = this.#queryFields.get(name)
      if (!path) violations.add(this.#notInQuery(name))
      else if (inBody.has(name)) violations.add('is given in the query and in the body')
      else if (given.has(name) && !path.repeated) violations.add('is given more than once')
      else setFromQuery(path, message, text, violations)
      given.add(name)
      violations.leave()
    }
  }

  #notInQuery(name: string): string {
    const unknown = this.#codec.unknownField(name).replace('field', 'query parameter')
    return this.#otherPlaces.get(name) ?? unknown
  }
}

const noNames: ReadonlySet<string> = new Set()

function setFromQuery(path: FieldPath, message: Message, text: string, violations: Violations) {
  const value = path.leaf.decode(path.leaf.textKind, text)
  if (value === undefined) return violations.add(`expected ${path.leaf.expected}`)
  const owner = ownerOf(path, message, violations)
  if (path.repeated) (owner[path.field.localName] as unknown[]).push(value)
  else setField(placeOf(path.field), owner, value, violations)
}

/** A body may repeat a field of the path, with the same value. */
function setFromPath(path: FieldPath, message: Message, text: string, violations: Violations) {
  const value = path.leaf.decode(path.leaf.textKind, text)
  if (value === undefined) return violations.add(`expected ${path.leaf.expected}`, path.name)
  const owner = ownerOf(path, message, violations)
  const before = readField(path.field, owner)
  const isSet = before !== undefined && before !== '' && before !== 0 && before !== 0n
  if (isSet && before !== value) return violations.add('differs from the path', path.name)
  setField(placeOf(path.field), owner, value, violations)
}
