import { type DescMessage, type DescMethod, getOption, type Message } from '@bufbuild/protobuf'
import { http } from '@purser/contracts/google/api/annotations'

/** What an act is about: the names that the contract gives to ids, and the ids. */
export type ActObject = Readonly<Record<string, string>>

/** `{account_id}` or `{path=files/**}` in a route. */
const VARIABLE = /\{([a-z0-9_.]+)(?:=[^}]*)?\}/g

/**
 * Tells what an act of a method is about: the parameters of its path, and those fields of the reply,
 * or of the messages right in it, that are a path's parameter anywhere in the service. What stands in
 * a path is an identifier and no secret, so nothing else of request and reply is taken. The tenant,
 * which every act has, is left out.
 */
export function compileActObject(
  method: DescMethod,
): (request: Message, reply: Message) => ActObject {
  const inPath = variablesOf(method)
  const identifiers = new Set(method.parent.methods.flatMap(variablesOf).map(lastName))
  return (request, reply) => ({
    ...identifiersIn(method.output, reply, identifiers),
    ...Object.fromEntries(
      inPath.flatMap((variable) => {
        const value = valueAt(method.input, request, variable.split('.'))
        return value === '' ? [] : [[lastName(variable), value]]
      }),
    ),
  })
}

function variablesOf(method: DescMethod): string[] {
  const rule = getOption(method, http)
  const paths = [rule, ...rule.additionalBindings].map(({ pattern }) =>
    typeof pattern.value === 'string' ? pattern.value : '',
  )
  const names = paths.flatMap((path) => [...path.matchAll(VARIABLE)].map(([, name = '']) => name))
  return [...new Set(names)].filter((name) => name !== 'tenant')
}

function lastName(variable: string): string {
  return variable.slice(variable.lastIndexOf('.') + 1)
}

function valueAt(desc: DescMessage, message: Message, [name, ...rest]: string[]): string {
  const field = desc.fields.find((candidate) => candidate.name === name)
  const value = field && (message as Message & Record<string, unknown>)[field.localName]
  if (field?.fieldKind !== 'message') return textOf(value)
  return value === undefined ? '' : valueAt(field.message, value as Message, rest)
}

/** The fields with these names, of the message and of the messages right in it; the outer ones win. */
function identifiersIn(
  desc: DescMessage,
  message: Message,
  names: ReadonlySet<string>,
  levels = 2,
): Record<string, string> {
  const inner: Record<string, string> = {}
  const own: Record<string, string> = {}
  for (const field of desc.fields) {
    const value = (message as Message & Record<string, unknown>)[field.localName]
    if (field.fieldKind === 'message' && value !== undefined && levels > 1) {
      Object.assign(inner, identifiersIn(field.message, value as Message, names, levels - 1))
    } else if (field.fieldKind === 'scalar' && names.has(field.name) && textOf(value) !== '') {
      own[field.name] = textOf(value)
    }
  }
  return { ...inner, ...own }
}

/** Identifiers are texts and whole numbers. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''
}
