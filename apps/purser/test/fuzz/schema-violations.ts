import { type Json, type JsonSchema, type OpenApi, resolveSchema } from './json-schema.ts'

/** Keywords that the check understands; another one would be a check that silently does not happen. */
const KNOWN = new Set(
  (
    'type enum const anyOf properties required additionalProperties propertyNames maxProperties items ' +
    'minItems maxItems format pattern minLength maxLength minimum maximum contentEncoding description ' +
    'examples x-oneof'
  ).split(' '),
)

/** Where a value does not fit a schema, as `path: what`; empty when it fits. */
export function schemaViolations(
  value: Json,
  unresolved: JsonSchema,
  document: OpenApi,
  at = '$',
): string[] {
  const schema = resolveSchema(unresolved, document)
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword))
  if (unknown.length > 0) return [`${at}: schema keywords ${unknown.join(', ')} are not understood`]
  if (schema.anyOf) {
    const each = schema.anyOf.map((choice) => schemaViolations(value, choice, document, at))
    return each.some((violations) => violations.length === 0) ? [] : each.flat()
  }
  if (schema.type !== undefined && !hasType(value, schema.type)) {
    return [`${at}: ${nameOf(value)} instead of ${schema.type}`]
  }
  const own = schema.enum && !schema.enum.includes(value) ? [`${at}: not in the enum`] : []
  if (schema.const !== undefined && schema.const !== value) own.push(`${at}: not the constant`)
  if (typeof value === 'string') return [...own, ...textViolations(value, schema, at)]
  if (typeof value === 'number') return [...own, ...numberViolations(value, schema, at)]
  if (isList(value)) return [...own, ...listViolations(value, schema, document, at)]
  if (typeof value !== 'object' || value === null) return own
  return [...own, ...objectViolations(value, schema, document, at)]
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function nameOf(value: Json): string {
  if (value === null) return 'null'
  return isList(value) ? 'array' : typeof value
}

function hasType(value: Json, type: NonNullable<JsonSchema['type']>): boolean {
  return type === 'integer' ? Number.isInteger(value) : nameOf(value) === type
}

function textViolations(text: string, schema: JsonSchema, at: string): string[] {
  const found: string[] = []
  const length = [...text].length
  if (length < (schema.minLength ?? 0)) found.push(`${at}: shorter than minLength`)
  if (length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) {
    found.push(`${at}: longer than maxLength`)
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(text)) {
    found.push(`${at}: does not match its pattern`)
  }
  if (schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) {
    found.push(`${at}: no date-time`)
  }
  return found
}

function numberViolations(value: number, { minimum, maximum }: JsonSchema, at: string): string[] {
  const found: string[] = []
  if (minimum !== undefined && value < minimum) found.push(`${at}: below the minimum`)
  if (maximum !== undefined && value > maximum) found.push(`${at}: above the maximum`)
  return found
}

function listViolations(
  values: readonly Json[],
  { items, minItems, maxItems }: JsonSchema,
  document: OpenApi,
  at: string,
): string[] {
  const found: string[] = []
  if (values.length < (minItems ?? 0)) found.push(`${at}: fewer than minItems`)
  if (values.length > (maxItems ?? Number.POSITIVE_INFINITY))
    found.push(`${at}: more than maxItems`)
  if (!items) return found
  return [...found, ...values.flatMap((item) => schemaViolations(item, items, document, `${at}[]`))]
}

function objectViolations(
  value: { readonly [key: string]: Json },
  schema: JsonSchema,
  document: OpenApi,
  at: string,
): string[] {
  const { properties = {}, required = [], additionalProperties = true, propertyNames } = schema
  const found = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((n) => `${at}.${n}: missing`)
  const keys = Object.keys(value)
  if (keys.length > (schema.maxProperties ?? Number.POSITIVE_INFINITY)) {
    found.push(`${at}: more than maxProperties`)
  }
  for (const [key, item] of Object.entries(value)) {
    if (propertyNames) found.push(...schemaViolations(key, propertyNames, document, `${at}{}`))
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (own) found.push(...schemaViolations(item, own, document, `${at}.${key}`))
    else if (additionalProperties === false) found.push(`${at}.${key}: not in the schema`)
    else if (additionalProperties !== true) {
      found.push(...schemaViolations(item, additionalProperties, document, `${at}{}`))
    }
  }
  for (const fields of Object.values(schema['x-oneof'] ?? {})) {
    const given = fields.filter((field) => Object.hasOwn(value, field))
    if (given.length > 1) found.push(`${at}: ${given.join(' and ')} together`)
  }
  return found
}
