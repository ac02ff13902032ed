import type { DescService } from '@bufbuild/protobuf'
import { type HttpBinding, httpBindings, isPublished } from '../http/http-rule.ts'
import { RequestDecoder } from '../http/request-decoder.ts'
import { routeKind } from '../http/route-kind.ts'
import { JsonCodecs } from '../json/json-codec.ts'
import type { JsonObject } from '../json/leaf-codec.ts'
import { describeOperation, tagOf } from './operation.ts'
import { problemSchema } from './problem-schema.ts'
import { type Comments, Schemas } from './schemas.ts'

export type OpenApiOptions = {
  services: readonly DescService[]
  /** Descriptions: `@purser/contracts/comments`, or none. */
  comments?: Comments
  title?: string
  version?: string
  description?: string
}

/** The document, in the shape of `JSON.stringify`. */
export type OpenApiDocument = JsonObject & { paths: Record<string, JsonObject> }

/**
 * The OpenAPI 3.1 document of all published methods: the routes of `createRestRoutes`, their checks from
 * the field rules of the contract, their texts from its comments. Throws for rules that make no route.
 */
export function buildOpenApi(options: OpenApiOptions): OpenApiDocument {
  const { services, comments = {}, title = 'API', version = '1', description } = options
  const schemas = new Schemas(comments)
  const codecs = new JsonCodecs()
  const paths: Record<string, JsonObject> = {}
  const bindings = services.flatMap((service) =>
    service.methods.filter(isPublished).flatMap(httpBindings),
  )
  for (const binding of bindings) {
    const decoder = new RequestDecoder(binding, codecs)
    const kind = routeKind(binding)
    const { path, operation } = describeOperation({ kind, binding, decoder, schemas })
    // Other HTTP methods than these have no place in a path item of OpenAPI 3.1.
    if (!isDescribed(binding)) continue
    paths[path] = { ...paths[path], [binding.httpMethod.toLowerCase()]: operation }
  }
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    servers: [{ url: '/' }],
    security: [{ ApiKey: [] }, { ApiKeyHeader: [] }],
    tags: tags(bindings, schemas),
    paths,
    components: {
      schemas: { Problem: problemSchema, ...schemas.components() },
      responses: {
        Problem: {
          description: 'Refused or failed: problem details of RFC 9457.',
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      },
      securitySchemes: {
        ApiKey: { type: 'http', scheme: 'bearer', description: 'An API key, such as `pk_...`.' },
        ApiKeyHeader: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Api-Key',
          description: 'The same key.',
        },
      },
    },
  }
}

const DESCRIBED = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])

function isDescribed({ httpMethod }: HttpBinding): boolean {
  return DESCRIBED.has(httpMethod)
}

function tags(bindings: readonly HttpBinding[], schemas: Schemas): JsonObject[] {
  const found = new Map<string, JsonObject>()
  for (const { method } of bindings) {
    const name = tagOf(method)
    found.set(name, { name, ...schemas.description(method.parent.typeName) })
  }
  return [...found.values()]
}
