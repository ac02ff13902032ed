import {
  type DescField,
  type DescMethod,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf'
import { http } from '@purser/contracts/google/api/annotations'
import type { HttpRule } from '@purser/contracts/google/api/http'
import { access, rules } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import { type PathTemplate, parsePathTemplate } from './path-template.ts'

/** One way to reach a method over HTTP: a `google.api.http` rule or one of its additional bindings. */
export type HttpBinding = {
  readonly method: DescMethod
  /** 0 for the rule itself, then one for each additional binding. */
  readonly index: number
  readonly httpMethod: string
  readonly template: PathTemplate
  /** `*` is the whole request, a field is that field, `none` refuses a body. */
  readonly body: '*' | 'none' | DescField
  /** The field that is answered instead of the whole response. */
  readonly responseField: DescField | undefined
  /**
   * Whether the path leaves out the tenant that the request must name: it is the caller's own then, or of a caller
   * without credentials the one that the server's `prepare` says.
   */
  readonly takesCallersTenant: boolean
}

/** Whether a method may be reached from outside: it has a rule and is not marked `internal`. */
export function isPublished(method: DescMethod): boolean {
  return getOption(method, access).rule.case !== 'internal' && hasOption(method, http)
}

/** The bindings of a method; empty when it has no rule. A malformed rule is a bug and throws. */
export function httpBindings(method: DescMethod): HttpBinding[] {
  if (!hasOption(method, http)) return []
  const rule = getOption(method, http)
  return [rule, ...rule.additionalBindings].map((binding, index) => {
    const { httpMethod, path } = verbAndPath(method, binding)
    const template = parsePathTemplate(path)
    const body = bodyOf(method, binding)
    return {
      method,
      index,
      httpMethod,
      template,
      body,
      takesCallersTenant: leavesOutTenant(method, template),
      responseField: binding.responseBody
        ? fieldOf(method, method.output.fields, binding.responseBody)
        : undefined,
    }
  })
}

function leavesOutTenant(method: DescMethod, { variables }: PathTemplate): boolean {
  const field = method.input.field['tenant']
  return (
    field?.fieldKind === 'scalar' &&
    field.scalar === ScalarType.STRING &&
    getOption(field, rules).required &&
    variables.every((variable) => variable.field.join('.') !== 'tenant')
  )
}

function verbAndPath(method: DescMethod, { pattern }: HttpRule) {
  assert(pattern.case, () => `${method}: a google.api.http rule without path`)
  if (pattern.case !== 'custom') {
    return { httpMethod: pattern.case.toUpperCase(), path: pattern.value }
  }
  const { kind, path } = pattern.value
  assert(/^[A-Z]+$/.test(kind), () => `${method}: "${kind}" is no HTTP method`)
  return { httpMethod: kind, path }
}

function bodyOf(method: DescMethod, rule: HttpRule): HttpBinding['body'] {
  if (rule.body === '') return 'none'
  return rule.body === '*' ? '*' : fieldOf(method, method.input.fields, rule.body)
}

function fieldOf(method: DescMethod, fields: readonly DescField[], name: string): DescField {
  const field = fields.find((candidate) => candidate.name === name)
  assert(field, () => `${method}: the google.api.http rule names no field "${name}"`)
  return field
}
