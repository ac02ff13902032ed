import comments from '@purser/contracts/comments' with { type: 'json' }
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { describe, expect, test } from 'vitest'
import { LibraryService } from '../../test-contract/gen/library/v1/library_pb.js'
import { createRestRoutes } from '../http/rest-route.ts'
import { buildOpenApi } from './build-open-api.ts'
import { openApiPath } from './open-api-path.ts'

const services = [
  UserService,
  MeteringService,
  SubscriptionService,
  InvoicingService,
  BillingService,
]
const platform = buildOpenApi({ services, comments, title: 'Purser', version: '0.1.0' })
const library = buildOpenApi({ services: [LibraryService] })

type Parameter = { name: string; in: string; required: boolean; schema: object }
type Operation = { operationId: string; parameters: Parameter[]; tags: string[]; responses: object }

function operationsOf(document: { paths: object }): [path: string, verb: string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as object).map(
      ([verb, op]) => [path, verb, op] as [string, string, Operation],
    ),
  )
}

/** Every object inside a JSON value. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Record<string, unknown>
  for (const child of Object.values(value)) yield* objectsIn(child)
}

function resolve(document: object, ref: string): unknown {
  const names = ref.slice(2).split('/')
  return names.reduce<unknown>(
    (at, name) => (at as Record<string, unknown> | undefined)?.[name],
    document,
  )
}

describe.each([
  ['platform', platform, services],
  ['library', library, [LibraryService]],
] as const)('the document of the %s', (_name, document, contracts) => {
  test('is OpenAPI 3.1 without anything that JSON cannot hold', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })

  test('resolves every $ref', () => {
    const refs = [...objectsIn(document)]
      .map((object) => object.$ref)
      .filter((ref) => ref !== undefined)
    expect(refs.length).toBeGreaterThan(5)
    for (const ref of refs) expect(resolve(document, String(ref)), String(ref)).toBeTypeOf('object')
  })

  test('declares exactly the parameters of each path, and each parameter once', () => {
    for (const [path, , { parameters }] of operationsOf(document)) {
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1])
      const declared = parameters.filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name).sort(), path).toEqual(inPath.sort())
      expect(declared.every(({ required }) => required)).toBe(true)
      const places = parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
      expect(new Set(places).size, path).toBe(places.length)
    }
  })

  test('names each operation once, with a declared tag', () => {
    const operations = operationsOf(document).map(([, , operation]) => operation)
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = (document.tags as { name: string }[]).map(({ name }) => name)
    for (const operation of operations) expect(tags).toContain(operation.tags[0])
  })

  test('requires only properties that exist', () => {
    for (const { required, properties } of objectsIn(document)) {
      if (!Array.isArray(required) || typeof properties !== 'object') continue
      expect(Object.keys(properties ?? {})).toEqual(expect.arrayContaining(required))
    }
  })

  test('has an operation for every route, and problems for each', () => {
    const transport = { unary: () => Promise.reject(), stream: () => Promise.reject() }
    const routes = createRestRoutes({ services: contracts, transport })
    const described = routes.filter(({ binding }) => binding.httpMethod !== 'PROPFIND')
    expect(operationsOf(document)).toHaveLength(described.length)
    const kept = new Set(routes.filter((route) => route.maxAgeSeconds !== undefined))
    const isKept = (path: string) =>
      [...kept].some(({ binding }) => openApiPath(binding.template).text === path)
    for (const [path, verb, { responses }] of operationsOf(document)) {
      const done = /^\/(foreign|scim)\//.test(path) ? '2XX' : '200'
      const same = verb === 'get' && isKept(path) ? ['304'] : []
      expect(Object.keys(responses).toSorted()).toEqual([done, ...same, '4XX', '5XX'])
    }
  })
})

const operation = (document: typeof platform, path: string, verb: string) =>
  (document.paths[path] as Record<string, Record<string, unknown>>)[verb]

describe('an operation', () => {
  test('has its id, texts, permission and body', () => {
    expect(operation(platform, '/api/v1/tenants/{tenant}/meters', 'post')).toMatchObject({
      operationId: 'metering.create_meter',
      summary: 'Create meter',
      description: 'Creates a meter.',
      tags: ['metering'],
      'x-permission': 'metering.meters.write',
      'x-idempotent': false,
      'x-audited': true,
      parameters: [
        { name: 'tenant', in: 'path', description: "Tenant's slug." },
        { name: 'Idempotency-Key', in: 'header', required: false },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/metering.v1.Meter' } },
        },
      },
    })
  })

  test('with a whole body takes top-level fields from the query too, and needs none', () => {
    const start = operation(platform, '/api/v1/tenants/{tenant}/billing/runs', 'post')
    const names = (start?.parameters as Parameter[] | undefined)?.map(({ name }) => name)
    expect(names).toEqual(['tenant', 'period', 'records', 'background', 'deadline_seconds'])
    expect(start).toMatchObject({ requestBody: { required: false }, 'x-rate-class': 'sensitive' })
    const batch = operation(platform, '/api/v1/tenants/{tenant}/accounts/batch', 'post')
    expect(batch?.parameters).toHaveLength(1)
    const finalize = operation(
      platform,
      '/api/v1/tenants/{tenant}/invoices/{invoice}/finalize',
      'post',
    )
    expect(finalize).not.toHaveProperty('requestBody')
  })

  test('of an additional binding is numbered', () => {
    const path = '/api/v1/tenants/{tenant}/plans/{plan_key}/versions/{version}'
    expect(operation(platform, path, 'get')).toMatchObject({
      operationId: 'subscription.get_plan_2',
    })
  })

  test('that passes its body through lists media types in terms of one element', () => {
    const ingest = operation(platform, '/api/v1/tenants/{tenant}/events', 'post')
    const event = { $ref: '#/components/schemas/metering.v1.UsageEvent' }
    expect(ingest).toMatchObject({
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { anyOf: [event, { type: 'array', items: event }] } },
          'application/x-ndjson': { schema: event },
          'application/cloudevents+json': {
            schema: { required: ['specversion', 'id', 'source', 'type'] },
          },
          'application/cloudevents-batch+json': { schema: { type: 'array' } },
        },
      },
    })
  })

  test('answers streams and bytes with their media types', () => {
    const watch = operation(
      platform,
      '/api/v1/tenants/{tenant}/billing/runs/{run_id}/progress',
      'get',
    )
    const schema = { $ref: '#/components/schemas/billing.v1.Run' }
    const content = { 'application/x-ndjson': { schema }, 'text/event-stream': { schema } }
    expect(watch).toHaveProperty(['responses', '200', 'content'], content)
    const pdf = operation(platform, '/api/v1/tenants/{tenant}/invoices/{invoice}/pdf', 'get')
    expect(pdf?.responses).toMatchObject({ '200': { content: { '*/*': {} } } })
  })

  test('that is public needs no credentials', () => {
    expect(operation(library, '/v1/everything', 'post')).toMatchObject({ security: [] })
    expect(platform.security).toEqual([{ ApiKey: [] }, { ApiKeyHeader: [] }])
  })
})

test('schemas carry the checks of the contract', () => {
  const schemas = (platform.components as { schemas: Record<string, object> }).schemas
  expect(schemas['metering.v1.Meter']).toMatchObject({
    description: 'What is counted.',
    required: ['meter_key', 'name', 'event_type', 'aggregation'],
    additionalProperties: false,
    properties: {
      meter_key: { type: 'string', minLength: 1, pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      name: { maxLength: 200 },
      aggregation: { $ref: '#/components/schemas/metering.v1.Aggregation' },
      dimensions: {
        type: 'array',
        maxItems: 20,
        items: { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$' },
      },
      create_time: { type: 'string', format: 'date-time' },
    },
  })
  expect(schemas['metering.v1.Aggregation']).toMatchObject({
    enum: ['count', 'sum', 'max', 'unique_count', 'latest'],
    description: expect.stringContaining('- `count`: Number of events.'),
  })
  expect(schemas['metering.v1.UsageEvent']).toMatchObject({
    properties: {
      properties: {
        maxProperties: 50,
        propertyNames: { maxLength: 63 },
        additionalProperties: { maxLength: 500 },
      },
      quantity: { type: 'string', format: 'decimal' },
    },
  })
  expect(schemas['subscription.v1.Price']).toMatchObject({
    'x-oneof': { model: ['flat', 'per_unit', 'graduated', 'volume', 'package'] },
    properties: {
      flat: { description: 'Not together with per_unit, graduated, volume, package.' },
    },
  })
  expect(schemas['metering.v1.EventPolicy']).toMatchObject({
    properties: { max_past_days: { type: 'integer', format: 'int32', minimum: 0, maximum: 36500 } },
  })
})
