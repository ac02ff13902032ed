import {
  type DescEnum,
  type DescField,
  type DescMessage,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf'
import { type FieldRules, Format, rules } from '@purser/contracts/options'
import type { JsonObject, JsonValue } from '@purser/rest'
import type { Names } from './names.ts'

/** What a sample is made with. */
export type SampleOptions = {
  /** Values of fields that refer to something, by field name. */
  names: Names
  /** Field that names what the request creates: a new value each time. */
  ownId?: string | undefined
  /** Fields that stand elsewhere in the request. */
  without: readonly string[]
  /** Of which the samples of permission lists consist. */
  permission: string | undefined
}

/** Fields that the rules let go and the method asks for: a plan has prices or entitlements. */
const NEEDED: ReadonlySet<string> = new Set(['prices'])

/** Read once for each field: the walk asks for those of the same fields ten thousands of times. */
const rulesByField = new WeakMap<DescField, FieldRules>()

function rulesOf(field: DescField): FieldRules {
  const found = rulesByField.get(field) ?? getOption(field, rules)
  rulesByField.set(field, found)
  return found
}

let freshCount = 0

/** A text of which no other sample has the like. */
function fresh(): string {
  freshCount += 1
  return `fresh-${freshCount}`
}

/** The least JSON that the rules of a message accept, with every reference that `names` knows. */
export function sampleMessage(desc: DescMessage, options: SampleOptions): JsonObject {
  const wanted = desc.fields.filter((field) => isWanted(field, options))
  return Object.fromEntries(wanted.map((field) => [field.name, sampleField(field, options)]))
}

/** Whether a field belongs into the least request. */
export function isWanted(field: DescField, { names, ownId, without }: SampleOptions): boolean {
  if (without.includes(field.name)) return false
  const { required, minItems } = rulesOf(field)
  if (required || minItems > 0 || NEEDED.has(field.name)) return true
  if (field.oneof) return field.oneof.fields.at(-1) === field
  return field.name !== ownId && field.fieldKind === 'scalar' && names[field.name] !== undefined
}

/** JSON of one field. */
export function sampleField(field: DescField, options: SampleOptions): JsonValue {
  const rule = rulesOf(field)
  if (field.fieldKind === 'map') return {}
  if (field.fieldKind === 'list') {
    if (field.listKind === 'message') return [sampleMessage(field.message, options)]
    return [field.listKind === 'enum' ? firstOf(field.enum) : sampleText(field, rule, options)]
  }
  if (field.fieldKind === 'enum') return firstOf(field.enum)
  if (field.fieldKind === 'message') {
    if (field.message.typeName === 'google.protobuf.Timestamp') return '2026-01-05T00:00:00Z'
    return sampleMessage(field.message, options)
  }
  if (field.scalar === ScalarType.STRING) return sampleText(field, rule, options)
  return field.scalar === ScalarType.BOOL ? true : Number(rule.minimum ?? 1n)
}

/** The word of the first value that means something. */
function firstOf({ values, sharedPrefix = '' }: DescEnum): string {
  const value = values.find(({ number }) => number > 0)
  return value?.name.toLowerCase().slice(sharedPrefix.length) ?? ''
}

function sampleText(field: DescField, rule: FieldRules, options: SampleOptions): string {
  if (field.name === options.ownId) return fresh()
  if (field.name === 'permissions') return options.permission ?? '*'
  const known = options.names[field.name]
  if (known !== undefined) return known
  switch (rule.format) {
    case Format.DECIMAL:
      return '1'
    case Format.CURRENCY:
      return 'EUR'
    case Format.TIME_ZONE:
      return 'UTC'
    case Format.MONTH:
      return '2026-01'
    case Format.EMAIL:
      return `${fresh()}@example.com`
    default:
      return /A-Z/.test(rule.pattern) && rule.maxLength === 0 ? 'MT' : fresh().padEnd(12, '-x')
  }
}
