import {
  type DescFile,
  type DescService,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from '@purser/contracts/grpc/reflection/v1/reflection'
import { ServerReflection as ServerReflectionAlpha } from '@purser/contracts/grpc/reflection/v1alpha/reflection'
import { DescriptorIndex } from './descriptor-index.ts'
import { defineService, type ServiceDefinition } from './service-definition.ts'

type Answer = MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']

/**
 * gRPC server reflection in versions v1 and v1alpha over `services` and itself, from the
 * descriptors: `grpcurl localhost:50051 list` and `describe` work without any .proto file.
 */
export function reflectionServices(services: readonly DescService[]): ServiceDefinition[] {
  const all = [...services, ServerReflection, ServerReflectionAlpha]
  const names = all.map((service) => service.typeName).toSorted()
  const index = new DescriptorIndex(all)

  async function* serverReflectionInfo(requests: AsyncIterable<ServerReflectionRequest>) {
    for await (const request of requests) {
      yield {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request, index, names),
      }
    }
  }

  return [
    defineService(ServerReflection, { serverReflectionInfo }),
    defineService(ServerReflectionAlpha, { serverReflectionInfo }),
  ]
}

function answer(
  { messageRequest: question }: ServerReflectionRequest,
  index: DescriptorIndex,
  names: readonly string[],
): Answer {
  switch (question.case) {
    case 'listServices': {
      const service = names.map((name) => ({ name }))
      return { case: 'listServicesResponse', value: { service } }
    }
    case 'fileByFilename':
      return files(index.fileByName(question.value), question.value)
    case 'fileContainingSymbol':
      return files(index.fileOfSymbol(question.value), question.value)
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value
      const file = index.fileOfExtension(containingType, extensionNumber)
      return files(file, `extension ${extensionNumber} of ${containingType}`)
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = index.extensionNumbers(question.value)
      if (!extensionNumber) return refusal(Code.NotFound, `${question.value} is not known`)
      const value = { baseTypeName: question.value, extensionNumber }
      return { case: 'allExtensionNumbersResponse', value }
    }
    case undefined:
      return refusal(Code.InvalidArgument, 'the request asks nothing')
  }
}

function files(file: DescFile | undefined, wanted: string): Answer {
  if (!file) return refusal(Code.NotFound, `${wanted} is not known`)
  const fileDescriptorProto = DescriptorIndex.withImports(file).map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  )
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function refusal(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } }
}
