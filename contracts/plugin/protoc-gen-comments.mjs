// protoc plugin: writes comments.json, the comments of every element by its full name. Descriptors do
// not keep comments at run time, and OpenAPI wants them. Runs with `strategy: all`, as it writes one file.
import { create, createFileRegistry } from '@bufbuild/protobuf'
import {
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponse_FileSchema,
  CodeGeneratorResponseSchema,
  Edition,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt'
import { getComments, runNodeJs } from '@bufbuild/protoplugin'
import { commentText } from './comment-text.mjs'

/** Every element of a file that can carry a comment, with the name under which it is kept. */
function* elementsOf(file) {
  for (const service of file.services) {
    yield [service.typeName, service]
    for (const method of service.methods) yield [`${service.typeName}.${method.name}`, method]
  }
  for (const type of file.enums) yield* enumElements(type)
  for (const message of file.messages) yield* messageElements(message)
}

function* enumElements(type) {
  yield [type.typeName, type]
  for (const value of type.values) yield [`${type.typeName}.${value.name}`, value]
}

function* messageElements(message) {
  if (message.proto.options?.mapEntry) return
  yield [message.typeName, message]
  for (const field of message.fields) yield [`${message.typeName}.${field.name}`, field]
  for (const oneof of message.oneofs) yield [`${message.typeName}.${oneof.name}`, oneof]
  for (const type of message.nestedEnums) yield* enumElements(type)
  for (const nested of message.nestedMessages) yield* messageElements(nested)
}

function run(request) {
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: request.protoFile }))
  const comments = {}
  for (const name of request.fileToGenerate.toSorted()) {
    for (const [fullName, element] of elementsOf(registry.getFile(name))) {
      const text = commentText(getComments(element).leading)
      if (text !== '') comments[fullName] = text
    }
  }
  const content = `${JSON.stringify(comments, Object.keys(comments).toSorted(), 2)}\n`
  return create(CodeGeneratorResponseSchema, {
    file: [create(CodeGeneratorResponse_FileSchema, { name: 'comments.json', content })],
    minimumEdition: Edition.EDITION_PROTO2,
    maximumEdition: Edition.EDITION_2024,
    supportedFeatures: BigInt(
      CodeGeneratorResponse_Feature.PROTO3_OPTIONAL |
        CodeGeneratorResponse_Feature.SUPPORTS_EDITIONS,
    ),
  })
}

runNodeJs({ name: 'protoc-gen-comments', version: 'v1', run })
