import { create, createFileRegistry, type DescService, setExtension } from '@bufbuild/protobuf'
import {
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import { http } from '@purser/contracts/google/api/annotations'
import type { HttpRule } from '@purser/contracts/google/api/http'
import { HttpRuleSchema } from '@purser/contracts/google/api/http'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { expect, test } from 'vitest'
import { createRestRoutes } from './rest-route.ts'

const transport = { unary: () => Promise.reject(), stream: () => Promise.reject() }

type RuleInit = Parameters<typeof create<typeof HttpRuleSchema>>[1]
type Kind = { clientStreaming?: boolean; serverStreaming?: boolean }

/** A service whose methods, all on a message with the one field `name`, have these rules. */
function serviceWith(rules: RuleInit[], kind: Kind = {}): DescService {
  const method = rules.map((rule, index) => {
    const options = create(MethodOptionsSchema)
    setExtension(options, http, create(HttpRuleSchema, rule) as HttpRule)
    const types = { inputType: '.bad.v1.Message', outputType: '.bad.v1.Message' }
    return create(MethodDescriptorProtoSchema, { name: `Do${index}`, ...types, ...kind, options })
  })
  const field = create(FieldDescriptorProtoSchema, {
    name: 'name',
    jsonName: 'name',
    number: 1,
    label: FieldDescriptorProto_Label.OPTIONAL,
    type: FieldDescriptorProto_Type.STRING,
  })
  const file = create(FileDescriptorProtoSchema, {
    name: 'bad/v1/bad.proto',
    package: 'bad.v1',
    syntax: 'proto3',
    messageType: [create(DescriptorProtoSchema, { name: 'Message', field: [field] })],
    service: [create(ServiceDescriptorProtoSchema, { name: 'BadService', method })],
  })
  const registry = createFileRegistry(file, () => undefined)
  const service = registry.getService('bad.v1.BadService')
  if (!service) throw new Error('no service')
  return service
}

const get = (value: string) => ({ pattern: { case: 'get' as const, value } })
const post = (value: string) => ({ pattern: { case: 'post' as const, value } })

test('a sound rule makes a route', () => {
  const routes = createRestRoutes({ services: [serviceWith([get('/v1/{name}')])], transport })
  expect(routes.map(({ kind }) => kind)).toEqual(['unary'])
})

test.each<[string, RuleInit[], Kind, string]>([
  ['no path', [{}], {}, 'without path'],
  ['a malformed path', [get('/v1//x')], {}, 'segment ""'],
  ['an unknown field in the path', [get('/v1/{nothing}')], {}, 'has no field nothing'],
  ['an unknown body', [{ ...post('/v1/x'), body: 'nothing' }], {}, 'no field "nothing"'],
  [
    'an unknown response body',
    [{ ...get('/v1/x'), responseBody: 'nothing' }],
    {},
    'no field "nothing"',
  ],
  [
    'no HTTP method',
    [{ pattern: { case: 'custom', value: { kind: '*', path: '/x' } } }],
    {},
    '"*" is no',
  ],
  ['the same route twice', [get('/v1/{name}'), get('/v1/{name=*}')], {}, 'have the same route'],
  [
    'an upload without HttpBody',
    [{ ...post('/v1/x'), body: '*' }],
    { clientStreaming: true },
    'needs an HttpBody',
  ],
  [
    'streams in both directions',
    [{ ...post('/v1/x'), body: '*' }],
    { clientStreaming: true, serverStreaming: true },
    'both directions',
  ],
])('%s stops the start-up', (_name, rules, kind, message) => {
  const services = [serviceWith(rules, kind)]
  expect(() => createRestRoutes({ services, transport })).toThrow(message)
})

test('each service may be reached by a transport of its own', () => {
  const other = { ...transport }
  const services = [MeteringService, serviceWith([get('/v1/{name}')])]
  const routes = createRestRoutes({
    services,
    transport: (service) => (service === MeteringService ? transport : other),
  })
  expect(routes.at(0)?.transport).toBe(transport)
  expect(routes.at(-1)?.transport).toBe(other)
})
