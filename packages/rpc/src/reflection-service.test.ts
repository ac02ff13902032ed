import {
  create,
  createFileRegistry,
  fromBinary,
  hasOption,
  type MessageInitShape,
} from '@bufbuild/protobuf'
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from '@purser/contracts/grpc/reflection/v1/reflection'
import { ServerReflection as ServerReflectionAlpha } from '@purser/contracts/grpc/reflection/v1alpha/reflection'
import { rules } from '@purser/contracts/options'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenThings, openThings } from '../test-contract/open-things.ts'

let things: OpenThings

beforeAll(async () => {
  things = await openThings('grpc')
})
afterAll(() => things.close())

type Question = MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']

// Both versions answer with the same messages, as an outside gRPC client without credentials sees
// them.
describe.each([ServerReflection, ServerReflectionAlpha])('$typeName', (service) => {
  async function ask(...questions: Question[]): Promise<ServerReflectionResponse[]> {
    const transport = createGrpcTransport({ baseUrl: things.server.url })
    const client = createClient(service, transport)
    async function* requests() {
      for (const messageRequest of questions) yield { host: 'h', messageRequest }
    }
    return Array.fromAsync(client.serverReflectionInfo(requests()))
  }

  async function files(question: Question): Promise<FileDescriptorProto[]> {
    const [answer] = await ask(question)
    if (answer?.messageResponse.case !== 'fileDescriptorResponse') throw new Error('no file')
    return answer.messageResponse.value.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    )
  }

  test('lists every service', async () => {
    const [answer] = await ask({ case: 'listServices', value: '*' })
    expect(answer?.messageResponse.value).toMatchObject({
      service: [
        { name: 'grpc.health.v1.Health' },
        { name: 'grpc.reflection.v1.ServerReflection' },
        { name: 'grpc.reflection.v1alpha.ServerReflection' },
        { name: 'purser.testing.v1.ThingService' },
      ],
    })
    expect(answer).toMatchObject({ validHost: 'h', originalRequest: { host: 'h' } })
  })

  test('a file comes with all its imports: a client can rebuild the descriptors', async () => {
    const symbol = 'purser.testing.v1.ThingService'
    const file = await files({ case: 'fileContainingSymbol', value: symbol })
    expect(file[0]?.name).toBe('purser/testing/v1/testing.proto')
    const registry = createFileRegistry(
      create(FileDescriptorSetSchema, { file: file.toReversed() }),
    )
    expect(registry.getService(symbol)?.method.echo?.input.typeName).toBe(
      'purser.testing.v1.EchoRequest',
    )
    const text = registry.getMessage('purser.testing.v1.BadPatternRequest')?.field.text
    expect(text && hasOption(text, rules)).toBe(true)
  })

  test.each([
    'purser.testing.v1.Leaf',
    'purser.testing.v1.Leaf.unit_amount',
    'purser.testing.v1.ThingService.Echo',
    'purser.testing.v1.Color',
    'google.protobuf.Timestamp',
    'purser.options.v1.access',
    'grpc.health.v1.HealthCheckResponse.ServingStatus',
  ])('finds %s', async (symbol) => {
    expect(await files({ case: 'fileContainingSymbol', value: symbol })).not.toEqual([])
  })

  test('finds files by name and extensions by number', async () => {
    const name = 'google/protobuf/timestamp.proto'
    expect((await files({ case: 'fileByFilename', value: name }))[0]?.name).toBe(name)
    const containingType = 'google.protobuf.MethodOptions'
    const value = { containingType, extensionNumber: 50001 }
    const [file] = await files({ case: 'fileContainingExtension', value })
    expect(file?.name).toBe('purser/options/v1/options.proto')
    const [numbers] = await ask({ case: 'allExtensionNumbersOfType', value: containingType })
    expect(numbers?.messageResponse.value).toMatchObject({
      baseTypeName: containingType,
      extensionNumber: [50001, 50002, 50003, 50004, 50005, 50006, 50007, 50008, 50009, 50010],
    })
  })

  test('unknown things are not found, and the stream goes on', async () => {
    const answers = await ask(
      { case: 'fileContainingSymbol', value: 'no.Such' },
      { case: 'fileByFilename', value: 'no.proto' },
      { case: 'fileContainingExtension', value: { containingType: 'no.Such' } },
      { case: 'allExtensionNumbersOfType', value: 'no.Such' },
      { case: undefined },
      { case: 'allExtensionNumbersOfType', value: 'purser.testing.v1.Leaf' },
    )
    const codes = answers.map(({ messageResponse }) =>
      messageResponse.case === 'errorResponse' ? messageResponse.value.errorCode : 'answered',
    )
    expect(codes).toEqual([5, 5, 5, 5, 3, 'answered'])
  })
})
