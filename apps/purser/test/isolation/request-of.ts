import { assert } from '@purser/kernel'
import { getOption } from '@bufbuild/protobuf'
import { raw_body } from '@purser/contracts/options'
import type { Names } from './names.ts'
import type { Operation } from './operation.ts'
import { isWanted, sampleField, sampleMessage, type SampleOptions } from './sample-json.ts'

/** One request of the matrix, as HTTP and in the parts that a route decodes. */
export type MatrixRequest = {
  httpMethod: string
  path: string
  captures: string[]
  query: string
  /** Empty for none. */
  body: string
  /** What the body is sent as. */
  mediaType: string
}

/** The least request of an operation that speaks of `names`. Throws for a path variable without a name. */
export function requestOf(operation: Operation, names: Names): MatrixRequest {
  const { route, variables } = operation
  const captures = variables.map((variable) => {
    const value = names[variable]
    assert(value, () => `${operation.name}: give {${variable}} a value in tenant-fixture.ts`)
    return value
  })
  const { httpMethod, template } = route.binding
  const path = variables.reduce(
    (text, variable, index) =>
      text.replace(`{${variable}}`, encodeURIComponent(captures[index] ?? '')),
    template.text,
  )
  const options = sampleOptions(operation, names)
  return {
    httpMethod,
    path,
    captures,
    query: query(operation, options),
    body: body(operation, options),
    mediaType: getOption(route.method, raw_body).contentTypes[0] ?? 'application/json',
  }
}

type OfOperation = Omit<SampleOptions, 'names'>

/** Found once for each operation, of which the walk makes hundreds of requests. */
const optionsByOperation = new WeakMap<Operation, OfOperation>()

function sampleOptions(operation: Operation, names: Names): SampleOptions {
  const found = optionsByOperation.get(operation) ?? optionsOf(operation)
  optionsByOperation.set(operation, found)
  return { ...found, names }
}

function optionsOf({ route, variables, permission }: Operation): OfOperation {
  const created = /^(?:Batch)?Create(\w+?)s?$/.exec(route.method.name)?.[1] ?? ''
  const noun = created.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
  const ids = [`${noun}_id`, `${noun}_key`]
  const used = new Set(fieldNames(route.method.input))
  return {
    ownId: ids.find((id) => used.has(id)),
    without: [...variables.filter((variable) => variable === 'tenant'), 'version'],
    permission,
  }
}

/** Names of the fields of a message and of the messages in it, two levels deep. */
function fieldNames(desc: Operation['input'], levels = 2): string[] {
  return desc.fields.flatMap((field) => {
    const inner = field.message && levels > 0 ? fieldNames(field.message, levels - 1) : []
    return [field.name, ...inner]
  })
}

function query({ route, input, variables }: Operation, options: SampleOptions): string {
  if (route.binding.body !== 'none' || route.kind === 'foreign') return ''
  const query = new URLSearchParams()
  for (const field of input.fields) {
    if (variables.includes(field.name) || !isWanted(field, options)) continue
    query.append(field.name, String(sampleField(field, options)))
  }
  return query.toString()
}

function body({ route, input, variables }: Operation, options: SampleOptions): string {
  const { binding, kind, method } = route
  if (binding.body === 'none') return ''
  if (kind === 'upload') {
    const { eventMessage } = getOption(method, raw_body)
    const desc = method.parent.file.messages.find(({ typeName }) => typeName === eventMessage)
    return desc ? JSON.stringify(sampleMessage(desc, options)) : '{}'
  }
  if (kind === 'foreign') return '{}'
  if (typeof binding.body === 'object') return JSON.stringify(sampleField(binding.body, options))
  return JSON.stringify(
    sampleMessage(input, { ...options, without: [...options.without, ...variables] }),
  )
}
