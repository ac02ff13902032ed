export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** The part of JSON Schema that the platform's document is written in. */
export type JsonSchema = {
  readonly $ref?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly enum?: readonly Json[]
  readonly const?: Json
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly maxProperties?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly contentEncoding?: string
  readonly description?: string
  readonly examples?: readonly Json[]
  /** Of each choice the fields of which at most one is given. */
  readonly 'x-oneof'?: Readonly<Record<string, readonly string[]>>
}

/** The parts of an OpenAPI document that the suite reads. */
export type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export type OpenApiParameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: JsonSchema
}

type OpenApiOperation = {
  readonly operationId: string
  readonly parameters: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

/** An operation with where it stands. */
export type Operation = OpenApiOperation & { readonly method: string; readonly path: string }

/** Every operation of a document, in its order. */
export function operationsOf({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => ({
      ...operation,
      method: verb.toUpperCase(),
      path,
    })),
  )
}

/** The schema itself, or the component that it refers to. Throws when there is none. */
export function resolveSchema(schema: JsonSchema, document: OpenApi): JsonSchema {
  if (schema.$ref === undefined) return schema
  const name = schema.$ref.slice('#/components/schemas/'.length)
  const found = document.components.schemas[name]
  if (!found) throw new Error(`the document has no schema ${schema.$ref}`)
  return resolveSchema(found, document)
}
