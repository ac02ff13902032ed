import comments from '@purser/contracts/comments' with { type: 'json' }
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { buildOpenApi } from '@purser/rest'
import { z } from 'zod'

/** What the client calls: its name for an operation, and the contract's. */
const operations = {
  consume: 'consume_usage',
  check: 'check_usage',
  reserve: 'reserve_usage',
  commit: 'commit_usage',
  release: 'release_usage',
  borrow: 'borrow_usage',
  report: 'report_lease',
  return: 'return_lease',
  ingest: 'ingest_events',
} as const

const HEADER = `// Written from the contract by test/contract/write-contract.ts: do not edit.
// Bodies as they travel, in JSON. In answers, empty text and what is not set are left out.`

const BASE = '/api/v1/tenants/{tenant}'

type Schema = {
  type?: string | undefined
  description?: string | undefined
  $ref?: string | undefined
  format?: string | undefined
  enum?: string[] | undefined
  items?: Schema | undefined
  properties?: Record<string, Schema> | undefined
  required?: string[] | undefined
  minItems?: number | undefined
  additionalProperties?: boolean | Schema | undefined
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    description: z.string().optional(),
    $ref: z.string().optional(),
    format: z.string().optional(),
    enum: z.array(z.string()).optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    minItems: z.number().optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
  }),
)
const content = z.object({ content: z.record(z.string(), z.object({ schema })) })
const operation = z.object({
  operationId: z.string(),
  requestBody: content,
  responses: z.record(z.string(), z.unknown()),
})
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})

/** The text of src/gen/contract.ts, as the contract is now. */
export function renderContract(): string {
  return new Renderer().render()
}

class Renderer {
  readonly #document = document.parse(buildOpenApi({ services: [MeteringService], comments }))
  readonly #types = new Map<string, string>()
  readonly #wholeNumbers = new Set<string>()

  render(): string {
    const routes = Object.entries(operations).map(([name, id]) => this.#route(name, id))
    const types = [...this.#types].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
    const numbers = [...this.#wholeNumbers].sort().map((name) => `  '${name}',`)
    return [
      HEADER,
      ...types,
      `/** Where each operation is asked, below ${BASE}: \`POST\` each. */
export const routes = {\n${routes.join('\n')}\n} as const`,
      `/** Fields of answers that are whole numbers of 64 bits: text where a number is not exact. */
export const wholeNumbers: ReadonlySet<string> = new Set([\n${numbers.join('\n')}\n])`,
      '',
    ].join('\n\n')
  }

  #route(name: string, id: string): string {
    for (const [path, methods] of Object.entries(this.#document.paths)) {
      const found = operation.safeParse(methods['post']).data
      if (found?.operationId !== `metering.${id}`) continue
      if (!path.startsWith(BASE)) throw new Error(`${id} is not below ${BASE}`)
      const title = pascalCase(id)
      const answer = content.parse(found.responses['200']).content['application/json']?.schema
      if (answer === undefined) throw new Error(`${id} answers no JSON`)
      const asked = found.requestBody.content['application/json']?.schema
      if (name === 'ingest') this.#component('metering.v1.UsageEvent', 'request')
      else if (asked)
        this.#types.set(`${title}Request`, this.#declare(`${title}Request`, asked, 'request'))
      this.#typeOf(answer, 'answer')
      return `  ${name}: '${path.slice(BASE.length)}',`
    }
    throw new Error(`the contract has no route for ${id}`)
  }

  #component(fullName: string, side: Side): string {
    const name = fullName.split('.').at(-1) ?? fullName
    const known = schema.parse(this.#document.components.schemas[fullName])
    if (!this.#types.has(name)) {
      // Known before it is made, so that a message may contain itself.
      this.#types.set(name, '')
      this.#types.set(name, this.#declare(name, known, side))
    }
    return name
  }

  #declare(name: string, { description, ...type }: Schema, side: Side): string {
    return `${docs(description, '')}export type ${name} = ${this.#typeOf(type, side)}`
  }

  #typeOf(type: Schema, side: Side): string {
    if (type.$ref) return this.#component(type.$ref.split('/').at(-1) ?? '', side)
    if (type.enum) return type.enum.map((word) => `'${word}'`).join(' | ')
    switch (type.type) {
      case 'integer':
        return 'number'
      case 'string':
      case 'boolean':
        return type.type
      case 'array':
        return `${this.#typeOf(type.items ?? {}, side)}[]`
      case 'object':
        return type.properties ? this.#object(type, side) : this.#map(type, side)
      default:
        throw new Error(`no type for ${JSON.stringify(type)}`)
    }
  }

  #map({ additionalProperties }: Schema, side: Side): string {
    if (typeof additionalProperties !== 'object') return 'Record<string, never>'
    return `Record<string, ${this.#typeOf(additionalProperties, side)}>`
  }

  #object({ properties = {}, required = [] }: Schema, side: Side): string {
    const lines = Object.entries(properties).map(([name, property]) => {
      if (side === 'answer' && property.format === 'int64') this.#wholeNumbers.add(name)
      const isThere =
        side === 'answer' ? isAlwaysShown(property) : required.includes(name) || property.minItems
      const type = this.#typeOf(property, side)
      return `${docs(property.description, '  ')}  ${name}${isThere ? '' : '?'}: ${type}`
    })
    return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('\n')}\n}`
  }
}

type Side = 'request' | 'answer'

/** Answers show numbers, `false` and empty lists and maps. */
function isAlwaysShown({ type }: Schema): boolean {
  return type !== undefined && ['integer', 'boolean', 'array', 'object'].includes(type)
}

function pascalCase(id: string): string {
  return id.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function docs(description: string | undefined, indent: string): string {
  if (description === undefined) return ''
  const lines = description.split('\n')
  if (lines.length === 1) return `${indent}/** ${description} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}
