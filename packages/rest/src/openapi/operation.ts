import {
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  hasOption,
} from '@bufbuild/protobuf'
import {
  access,
  audited,
  idempotency_key,
  public_cache,
  idempotent,
  RateClass,
  rate_class,
  rules,
} from '@purser/contracts/options'
import type { FieldPath } from '../http/field-path.ts'
import type { HttpBinding } from '../http/http-rule.ts'
import type { RequestDecoder } from '../http/request-decoder.ts'
import type { RouteKind } from '../http/route-kind.ts'
import type { JsonObject } from '../json/leaf-codec.ts'
import { type OpenApiPath, openApiPath } from './open-api-path.ts'
import type { Schemas } from './schemas.ts'
import { foreignContent, uploadContent } from './upload-content.ts'

/** What one operation is described from. */
export type OperationSource = {
  kind: RouteKind
  binding: HttpBinding
  decoder: RequestDecoder
  schemas: Schemas
}

/** The operation object of a route, and the path under which it stands. */
export function describeOperation(source: OperationSource): {
  path: string
  operation: JsonObject
} {
  const { binding, schemas } = source
  const { method } = binding
  const path = openApiPath(binding.template)
  const body = requestBody(source)
  const rateClass = getOption(method, rate_class)
  const operation: JsonObject = {
    operationId: operationId(binding),
    summary: words(method.name),
    ...schemas.description(`${method.parent.typeName}.${method.name}`),
    tags: [tagOf(method)],
    parameters: [
      ...pathParameters(source, path),
      ...queryParameters(source),
      ...headerParameters(method),
    ],
    ...(body ? { requestBody: body } : {}),
    responses: {
      ...answers(source),
    },
    ...accessOf(method),
    'x-idempotent': getOption(method, idempotent),
    ...(getOption(method, audited) ? { 'x-audited': true } : {}),
    ...(rateClass === RateClass.UNSPECIFIED
      ? {}
      : { 'x-rate-class': RateClass[rateClass].toLowerCase() }),
  }
  return { path: path.text, operation }
}

/** The tag of a method's service: the first word of its package. */
export function tagOf(method: DescMethod): string {
  return method.parent.typeName.split('.', 1)[0] ?? ''
}

/** `metering.create_meter`; further bindings of the method are numbered from 2. */
function operationId({ method, index }: HttpBinding): string {
  const name = words(method.name).toLowerCase().replaceAll(' ', '_')
  return `${tagOf(method)}.${name}${index === 0 ? '' : `_${index + 1}`}`
}

/** `CreateApiKey` as `Create api key`. */
function words(name: string): string {
  const spaced = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

function accessOf(method: DescMethod): JsonObject {
  const { rule } = getOption(method, access)
  if (rule.case === 'permission') return { 'x-permission': rule.value }
  return rule.case === 'public' ? { security: [] } : {}
}

function pathParameters({ decoder, schemas }: OperationSource, path: OpenApiPath): JsonObject[] {
  return path.parameters.map(({ name, variable, isWholeVariable }) => {
    const field = decoder.pathFields[variable]?.field
    // A part of a value does not follow the rules of the whole.
    const schema = field && isWholeVariable ? schemas.element(field) : { type: 'string' }
    const description = field ? schemas.description(fullName(field)) : {}
    return { name, in: 'path', required: true, schema, ...description }
  })
}

function queryParameters({ kind, binding, decoder, schemas }: OperationSource): JsonObject[] {
  // The query is the protocol's own affair.
  if (kind === 'foreign') return []
  return [...decoder.queryFields].map(({ name, field, parents }: FieldPath) => {
    const { description, ...schema } = schemas.field(field)
    const isFilled = binding.takesCallersTenant && name === 'tenant'
    const isRequired = getOption(field, rules).required && parents.length === 0 && !isFilled
    return {
      name,
      in: 'query',
      // Beside a whole body the body may give it as well.
      required: isRequired && binding.body !== '*',
      schema,
      ...(description === undefined ? {} : { description }),
      ...(field.fieldKind === 'list' ? { style: 'form', explode: true } : {}),
    }
  })
}

function headerParameters(method: DescMethod): JsonObject[] {
  if (!getOption(method, idempotency_key)) return []
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Sent again with the same request within 7 days, it answers the first reply.',
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
    },
  ]
}

function requestBody(source: OperationSource): JsonObject | undefined {
  const { kind, binding, decoder, schemas } = source
  const { method, body } = binding
  if (body === 'none') return undefined
  if (kind === 'foreign') return { required: true, content: foreignContent(method) }
  if (kind === 'upload') return { required: true, content: uploadContent(method, schemas) }
  if (body !== '*') {
    const required = getOption(body, rules).required
    return { required, content: { 'application/json': { schema: schemas.field(body) } } }
  }
  const inPath = new Set(decoder.pathFields.map((path) => path.name))
  // Who signs in says where.
  const isPublic = getOption(method, access).rule.case === 'public'
  if (binding.takesCallersTenant && !isPublic) inPath.add('tenant')
  const fields = method.input.fields.filter((field) => !inPath.has(field.name))
  if (fields.length === 0) return undefined
  const inQuery = new Set([...decoder.queryFields].map((path) => path.name))
  const required = fields.some(
    (field) => getOption(field, rules).required && !inQuery.has(field.name),
  )
  const schema = schemas.object(method.input, fields)
  return { required, content: { 'application/json': { schema } } }
}

function responseContent({ kind, binding, schemas }: OperationSource): JsonObject {
  const { method, responseField } = binding
  if (kind === 'foreign') return foreignContent(method)
  if (kind === 'download' || kind === 'file') {
    return { '*/*': { schema: { type: 'string', format: 'binary' } } }
  }
  const schema = responseField ? schemas.field(responseField) : responseOf(method.output, schemas)
  if (kind !== 'stream') return { 'application/json': { schema } }
  return { 'application/x-ndjson': { schema }, 'text/event-stream': { schema } }
}

function responseOf(desc: DescMessage, schemas: Schemas): JsonObject {
  return schemas.message(desc)
}

/** Answers and refusals by status. A protocol of its own has statuses and refusals of its own. */
function answers(source: OperationSource): JsonObject {
  const content = responseContent(source)
  if (source.kind === 'foreign') {
    const refused = { description: 'Refused or failed.', content }
    return { '2XX': { description: 'Done.', content }, '4XX': refused, '5XX': refused }
  }
  const problem = { $ref: '#/components/responses/Problem' }
  const done = { description: 'Done.', content }
  if (!hasOption(source.binding.method, public_cache)) {
    return { '200': done, '4XX': problem, '5XX': problem }
  }
  const kept = { description: 'What `If-None-Match` names is as it was.' }
  return { '200': done, '304': kept, '4XX': problem, '5XX': problem }
}

function fullName(field: DescField): string {
  return `${field.parent.typeName}.${field.name}`
}
