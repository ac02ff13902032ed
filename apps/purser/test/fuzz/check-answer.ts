import type { FuzzAnswer, FuzzRequest } from './fuzz-request.ts'
import type { Json, JsonSchema, OpenApi, Operation } from './json-schema.ts'
import { schemaViolations } from './schema-violations.ts'

/** What is wrong with an answer. Findings of one operation and kind are told once. */
export type Finding = { kind: string; detail: string }

/** What an answer must not tell: stacks, files of the server, statements and messages of the database. */
const LEAKS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['stack trace', /\n\s+at .+:\d+|\bat \S+ \(.+:\d+:\d+\)|node_modules|file:\/\/\//],
  [
    'database text',
    /\b(select|insert into|delete from|update)\b[^"]+\b(from|values|set|where)\b|syntax error at|violates [a-z -]+ constraint|relation \\?"|invalid (input syntax|byte sequence)|out of range for type|row-level security/i,
  ],
]

/** Refusals that are not of one operation: of HTTP itself, or of a route that is none. */
const GENERAL = new Set([400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 429, 431])

const NDJSON = 'application/x-ndjson'
const EVENT_STREAM = 'text/event-stream'
const SCIM = 'application/scim+json'

/** Everything that is wrong with an answer to a request of the operation. */
export function checkAnswer(
  operation: Operation,
  request: FuzzRequest,
  answer: FuzzAnswer,
  document: OpenApi,
): Finding[] {
  if (answer.error !== undefined) return [{ kind: 'no answer', detail: answer.error }]
  const text = Buffer.from(answer.body).toString('utf8')
  const { status } = answer
  const found: Finding[] = []
  if (status >= 500 && !isDeadline(status, text)) {
    found.push({ kind: `status ${status}`, detail: text.slice(0, 500) })
  }
  if (!isDocumented(operation, request, status)) {
    found.push({ kind: `undocumented status ${status}`, detail: text.slice(0, 200) })
  }
  if (request.method === 'HEAD' || status === 204 || status === 304) return found
  if (status >= 400) return [...found, ...problemFindings(answer, text)]
  if (request.leavesRoute || status >= 300) return found
  return [...found, ...contentFindings(operation, answer, text, document)]
}

/** A caller names the deadline of a run, and may name one that is too short. */
function isDeadline(status: number, text: string): boolean {
  return status === 504 && text.includes('"code":"billing.run_deadline_exceeded"')
}

function isDocumented({ responses }: Operation, request: FuzzRequest, status: number): boolean {
  if (GENERAL.has(status)) return true
  if (request.leavesRoute && status < 300) return true
  return (
    Object.hasOwn(responses, status) || Object.hasOwn(responses, `${Math.floor(status / 100)}XX`)
  )
}

function problemFindings(answer: FuzzAnswer, text: string): Finding[] {
  const found = LEAKS.filter(([, pattern]) => pattern.test(text)).map(([kind]) => ({
    kind,
    detail: text.slice(0, 500),
  }))
  const type = mediaType(answer)
  if (type === SCIM) return [...found, ...scimFindings(text)]
  if (type !== 'application/problem+json') {
    const detail = `${answer.status} with content type "${type}": ${text.slice(0, 200)}`
    return [...found, { kind: 'no problem document', detail }]
  }
  const problem = parse(text)
  if (problem === undefined) return [...found, { kind: 'no JSON', detail: text.slice(0, 200) }]
  for (const member of ['code', 'request_id', 'title', 'detail'] as const) {
    const value = (problem as Record<string, unknown> | null)?.[member]
    // A connection that never became a request has no id.
    const mayBeEmpty = member === 'request_id' && answer.headers['x-request-id'] === undefined
    if (typeof value === 'string' && (value !== '' || mayBeEmpty)) continue
    found.push({ kind: `problem without ${member}`, detail: text.slice(0, 500) })
  }
  return found
}

/** RFC 7644, section 3.12: the protocol words its refusals by itself. */
function scimFindings(text: string): Finding[] {
  const { schemas, status, detail } = (parse(text) ?? {}) as Record<string, unknown>
  const isError = JSON.stringify(schemas) === '["urn:ietf:params:scim:api:messages:2.0:Error"]'
  if (isError && typeof status === 'string' && typeof detail === 'string') return []
  return [{ kind: 'no SCIM error', detail: text.slice(0, 500) }]
}

function contentFindings(
  { responses }: Operation,
  answer: FuzzAnswer,
  text: string,
  document: OpenApi,
): Finding[] {
  const content = (responses[answer.status] ?? responses['2XX'])?.content ?? {}
  if (content['*/*']) return []
  const type = mediaType(answer)
  if (!content[type]) return [{ kind: 'undocumented content type', detail: `"${type}"` }]
  // What a foreign protocol answers has no schema of ours.
  const { schema } = content[type] as { schema?: JsonSchema }
  const found: Finding[] = []
  for (const part of partsOf(type, answer.isCut ? wholeLines(text) : text)) {
    const value = parse(part)
    if (value === undefined) return [...found, { kind: 'no JSON', detail: part.slice(0, 200) }]
    for (const violation of schema ? schemaViolations(value, schema, document) : []) {
      found.push({ kind: `answer breaks its schema: ${violation}`, detail: part.slice(0, 500) })
    }
  }
  return found
}

function partsOf(type: string, text: string): string[] {
  if (type === NDJSON) return text.split('\n').filter((line) => line !== '')
  if (type !== EVENT_STREAM) return [text]
  const events = text.split('\n\n').filter((event) => !/^event: *error$/m.test(event))
  return events.flatMap((event) =>
    event.split('\n').flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []),
  )
}

function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1)
}

function mediaType({ headers }: FuzzAnswer): string {
  return headers['content-type']?.split(';', 1)[0]?.trim() ?? ''
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
