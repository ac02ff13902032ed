import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf'
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { type FieldRules, rules } from '@purser/contracts/options'
import { enumWords } from '../json/enum-codec.ts'
import { integerRanges } from '../json/integer-codec.ts'
import type { JsonObject } from '../json/leaf-codec.ts'
import { formatSchemas } from './format-schemas.ts'

/** Comments by the full name of what they stand above: `comments.json` of the contract. */
export type Comments = Readonly<Record<string, string>>

/** JSON Schemas of a contract. Messages and enums become components, collected as they are asked for. */
export class Schemas {
  readonly #comments: Comments
  readonly #components = new Map<string, JsonObject>()

  constructor(comments: Comments) {
    this.#comments = comments
  }

  /** All components so far, sorted by name. */
  components(): JsonObject {
    return Object.fromEntries([...this.#components].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The comment above a service, method, message, field or enum, as a `description`. */
  description(fullName: string): { description?: string } {
    const description = this.#comments[fullName]
    return description === undefined ? {} : { description }
  }

  /** A reference to the message's component. */
  message(desc: DescMessage): JsonObject {
    return this.#component(desc.typeName, () => this.object(desc, desc.fields))
  }

  /** An object of some fields of a message. */
  object(desc: DescMessage, fields: readonly DescField[]): JsonObject {
    const required = fields.filter((field) => getOption(field, rules).required)
    const choices = desc.oneofs.filter((oneof) => oneof.fields.length > 1)
    return {
      type: 'object',
      ...this.description(desc.typeName),
      properties: Object.fromEntries(fields.map((field) => [field.name, this.field(field)])),
      ...(required.length > 0 ? { required: required.map((field) => field.name) } : {}),
      additionalProperties: false,
      ...(choices.length > 0
        ? {
            'x-oneof': Object.fromEntries(
              choices.map((o) => [o.name, o.fields.map((f) => f.name)]),
            ),
          }
        : {}),
    }
  }

  /** The schema of a field with its comment and its rules. */
  field(field: DescField): JsonObject {
    const fieldRules = getOption(field, rules)
    const comment = this.#comments[`${field.parent.typeName}.${field.name}`]
    const choice = field.oneof && field.oneof.fields.length > 1 ? field.oneof.fields : []
    const others = choice.filter((other) => other !== field).map((other) => other.name)
    const notes = [
      comment,
      others.length > 0 ? `Not together with ${others.join(', ')}.` : undefined,
    ]
    const description = notes.filter((note) => note !== undefined).join(' ')
    return {
      ...this.#value(field, fieldRules),
      ...(description === '' ? {} : { description }),
    }
  }

  /** The schema of one element of a field, without its comment. */
  element(field: DescField): JsonObject {
    const { message } = field
    if (message?.typeName === TimestampSchema.typeName)
      return { type: 'string', format: 'date-time' }
    if (message?.typeName === DurationSchema.typeName) {
      return { type: 'string', pattern: '^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$', examples: ['90s'] }
    }
    if (message) return this.message(message)
    if (field.enum) return this.#enum(field.enum)
    return scalarSchema(field.scalar as ScalarType, getOption(field, rules))
  }

  #value(field: DescField, fieldRules: FieldRules): JsonObject {
    const element = this.element(field)
    if (field.fieldKind === 'list') {
      const minItems = fieldRules.minItems || Number(fieldRules.required)
      return {
        type: 'array',
        items: element,
        ...(minItems > 0 ? { minItems } : {}),
        ...(fieldRules.maxItems > 0 ? { maxItems: fieldRules.maxItems } : {}),
      }
    }
    if (field.fieldKind !== 'map') return element
    const { maxPairs, maxKeyLength, maxValueLength } = fieldRules
    return {
      type: 'object',
      additionalProperties:
        maxValueLength > 0 ? { ...element, maxLength: maxValueLength } : element,
      ...(maxPairs > 0 ? { maxProperties: maxPairs } : {}),
      ...(maxKeyLength > 0 ? { propertyNames: { maxLength: maxKeyLength } } : {}),
    }
  }

  #enum(type: DescEnum): JsonObject {
    return this.#component(type.typeName, () => {
      const words = enumWords(type)
      const comment = this.#comments[type.typeName]
      const lines = type.values.flatMap((value) => {
        const text = this.#comments[`${type.typeName}.${value.name}`]
        return text && words.has(value.number) ? [`- \`${words.get(value.number)}\`: ${text}`] : []
      })
      const texts = [comment, lines.join('\n')].filter((text) => text !== undefined && text !== '')
      const schema: JsonObject = { type: 'string', enum: [...words.values()] }
      if (texts.length > 0) schema.description = texts.join('\n\n')
      return schema
    })
  }

  #component(name: string, make: () => JsonObject): JsonObject {
    if (!this.#components.has(name)) {
      // Known before it is made, so that a message may contain itself.
      this.#components.set(name, {})
      this.#components.set(name, make())
    }
    return { $ref: `#/components/schemas/${name}` }
  }
}

function scalarSchema(type: ScalarType, fieldRules: FieldRules): JsonObject {
  const range = integerRanges.get(type)
  if (range) {
    const name = ScalarType[type]?.endsWith('64') ? 'int64' : 'int32'
    return { type: 'integer', format: name, ...bounds(fieldRules, range) }
  }
  switch (type) {
    case ScalarType.BOOL:
      return { type: 'boolean' }
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return {
        type: 'number',
        format: type === ScalarType.DOUBLE ? 'double' : 'float',
        ...bounds(fieldRules),
      }
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' }
    default:
      return textSchema(fieldRules)
  }
}

function textSchema({ minLength, maxLength, pattern, format, required }: FieldRules): JsonObject {
  const least = minLength || Number(required)
  return {
    type: 'string',
    ...formatSchemas[format],
    ...(least > 0 ? { minLength: least } : {}),
    ...(maxLength > 0 ? { maxLength } : {}),
    ...(pattern === '' ? {} : { pattern }),
  }
}

/** The field's own bounds; of its type's only those that say something: 0 of unsigned types. */
function bounds({ minimum, maximum }: FieldRules, range?: readonly [bigint, bigint]): JsonObject {
  const least = minimum ?? (range?.[0] === 0n ? 0n : undefined)
  return {
    ...(least === undefined ? {} : { minimum: Number(least) }),
    ...(maximum === undefined ? {} : { maximum: Number(maximum) }),
  }
}
