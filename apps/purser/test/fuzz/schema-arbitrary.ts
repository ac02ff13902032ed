import fc from 'fast-check'
import { type Json, type JsonSchema, type OpenApi, resolveSchema } from './json-schema.ts'

/** Values that exist on the platform, by the name of the field or parameter that takes them. */
export type KnownValues = Readonly<Record<string, readonly string[]>>

export type SchemaContext = { document: OpenApi; known: KnownValues }

/** Bounds below those of the schema, so that one request does not become hours of work. */
const MOST: Readonly<Record<string, number>> = { records: 200, deadline_seconds: 20 }

const MAX_DEPTH = 5
const MOST_ITEMS = 3

/** Values that fit a schema. The `name` of the field brings known values in. */
export function schemaArbitrary(
  unresolved: JsonSchema,
  context: SchemaContext,
  name = '',
  depth = 0,
): fc.Arbitrary<Json> {
  const schema = resolveSchema(unresolved, context.document)
  if (schema.anyOf) {
    return fc.oneof(...schema.anyOf.map((one) => schemaArbitrary(one, context, name, depth)))
  }
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return integer(schema, name)
    case 'number':
      return fc.double({ noNaN: true, min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 })
    case 'array':
      return list(schema, context, name, depth)
    case 'object':
      return object(schema, context, depth)
    case 'string':
      return withKnown(text(schema), context.known[name])
    default:
      return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>
  }
}

function withKnown(other: fc.Arbitrary<string>, known?: readonly string[]): fc.Arbitrary<string> {
  if (!known || known.length === 0) return other
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: other },
  )
}

function integer({ minimum = -1_000, maximum = 2 ** 31 - 1 }: JsonSchema, name: string) {
  const max = Math.min(maximum, MOST[name] ?? maximum)
  const small = fc.integer({ min: minimum, max: Math.max(minimum, Math.min(max, minimum + 3)) })
  return fc.oneof(
    { weight: 9, arbitrary: small },
    { weight: 1, arbitrary: fc.oneof(fc.integer({ min: minimum, max }), fc.constant(max)) },
  )
}

function text({ pattern, format, minLength = 0, maxLength = 200, contentEncoding }: JsonSchema) {
  if (format === 'date-time') return instant
  if (format === 'email') return fc.emailAddress()
  if (format === 'decimal') return decimal
  if (format === 'iso-4217') return fc.constantFrom('USD', 'EUR', 'JPY', 'BHD', 'XXX', 'ZZZ')
  if (format === 'iana-time-zone') return fc.constantFrom('UTC', 'Europe/Warsaw', 'Asia/Kolkata')
  if (contentEncoding === 'base64') return fc.base64String({ maxLength: 60 })
  const fits = (value: string) => [...value].length >= minLength && [...value].length <= maxLength
  if (pattern !== undefined) {
    return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' }).filter(fits)
  }
  const max = Math.min(maxLength, 200)
  const plain = { minLength, maxLength: Math.max(minLength, Math.min(max, 20)) }
  return fc.oneof(
    { weight: 4, arbitrary: fc.string(plain) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength: max }).filter(fits),
    },
  )
}

const instant = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .date({ min: new Date('2025-11-01'), max: new Date('2027-06-30'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '1969-12-31T23:59:59.999999999Z',
      '9999-12-31T23:59:59.999999999Z',
    ),
  },
)

const decimal = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.bigInt({ min: -50n, max: 100_000n }), fc.constantFrom('', '.5', '.000000001'))
      .map(([whole, fraction]) => `${whole}${fraction}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('9'.repeat(100), `-${'9'.repeat(99)}`, `0.${'0'.repeat(97)}1`, '-0'),
  },
)

function list(schema: JsonSchema, context: SchemaContext, name: string, depth: number) {
  const { items = {}, minItems = 0, maxItems = MOST_ITEMS } = schema
  if (depth >= MAX_DEPTH && minItems === 0) return fc.constant<Json>([])
  return fc.array(schemaArbitrary(items, context, name, depth + 1), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, MOST_ITEMS)),
  })
}

function object(schema: JsonSchema, context: SchemaContext, depth: number): fc.Arbitrary<Json> {
  const { properties = {}, required = [], additionalProperties } = schema
  if (typeof additionalProperties === 'object') {
    const value = schemaArbitrary(additionalProperties, context, '', depth + 1)
    const key = fc.stringMatching(/^[a-z_]{1,10}$/)
    return fc.dictionary(key, value, { maxKeys: Math.min(schema.maxProperties ?? 3, 3) })
  }
  const must = new Set(required)
  const names = Object.keys(properties).filter((name) => depth < MAX_DEPTH || must.has(name))
  const model = Object.fromEntries(
    names.map((name) => [name, schemaArbitrary(properties[name] ?? {}, context, name, depth + 1)]),
  )
  const requiredKeys = names.filter((name) => must.has(name))
  // Operations refuse some optional fields together, so that many given at once would hide what few reach.
  const sparse = Object.fromEntries(
    names.map((name) => [name, must.has(name) ? model[name] : seldom(model[name])]),
  ) as typeof model
  const whole = fc.oneof(
    fc.record(model, { requiredKeys }),
    fc.record(sparse).map(withoutUndefined),
  )
  const choices = Object.values(schema['x-oneof'] ?? {})
  return fc
    .tuple(whole, fc.nat({ max: 99 }))
    .map(([value, pick]) => oneOfEach(value as Record<string, Json>, choices, pick))
}

function seldom(value: fc.Arbitrary<Json> = fc.constant(null)): fc.Arbitrary<Json | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined))
}

/** Keeps one field of each choice. */
function oneOfEach(
  value: Readonly<Record<string, Json>>,
  choices: readonly (readonly string[])[],
  pick: number,
): Json {
  const dropped = new Set(
    choices.flatMap((fields) => {
      const given = fields.filter((field) => Object.hasOwn(value, field))
      return given.filter((_field, index) => index !== pick % given.length)
    }),
  )
  return Object.fromEntries(Object.entries(value).filter(([key]) => !dropped.has(key)))
}
