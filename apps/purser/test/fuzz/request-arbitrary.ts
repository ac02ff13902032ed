import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Credentials, FuzzRequest } from './fuzz-request.ts'
import {
  hostileHeader,
  hostileJson,
  hostileJsonText,
  hostileSegment,
  hostileText,
} from './hostile-values.ts'
import type { Content, Json, OpenApiParameter, Operation } from './json-schema.ts'
import { mutatedJson } from './mutate-json.ts'
import { type SchemaContext, schemaArbitrary } from './schema-arbitrary.ts'

type Body = { contentType: string; bytes: Uint8Array; encoding?: string }

type Parts = {
  method: string
  path: { text: string; leavesRoute: boolean }
  query: string
  headers: readonly (readonly [string, string])[]
  body: Body | undefined
  credentials: Credentials
}

const OTHER_METHODS = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
]

/** Requests of an operation: about half as the document wants them, half wrong in one way or more. */
export function requestArbitrary(
  operation: Operation,
  context: SchemaContext,
): fc.Arbitrary<FuzzRequest> {
  const ofPath = operation.parameters.filter((parameter) => parameter.in === 'path')
  const ofQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
  const content = operation.requestBody?.content
  const needsQuery = ofQuery.some(({ required }) => required)
  // A field is given in the query or in the body; in both it is refused, which `mixed` tries.
  const bare = fc.constant('')
  const usual: fc.Arbitrary<Credentials> = operation.path.includes('/users/me')
    ? fc.constantFrom('session', 'session', 'session', 'key')
    : fc.constantFrom('key', 'key', 'key', 'session')
  const valid = {
    method: fc.constant(operation.method),
    path: pathOf(operation.path, ofPath, context, false),
    query: content && !needsQuery ? bare : queryOf(ofQuery, context, false),
    headers: fc.constant<Parts['headers']>([]),
    body: content ? bodyOf(content, context) : fc.constant(undefined),
    credentials: usual,
  }
  const wrong = {
    method: fc.constantFrom(...OTHER_METHODS),
    path: pathOf(operation.path, ofPath, context, true),
    query: queryOf(ofQuery, context, true),
    headers: fc.array(hostileHeader, { minLength: 1, maxLength: 3 }),
    body: wrongBodyOf(content, context),
    credentials: fc.constantFrom<Credentials[]>('none', 'broken'),
  }
  const mixed = fc.record({
    method: fc.oneof(
      { weight: 19, arbitrary: valid.method },
      { weight: 1, arbitrary: wrong.method },
    ),
    path: fc.oneof({ weight: 6, arbitrary: valid.path }, { weight: 1, arbitrary: wrong.path }),
    query: fc.oneof({ weight: 2, arbitrary: valid.query }, { weight: 1, arbitrary: wrong.query }),
    headers: fc.oneof(
      { weight: 4, arbitrary: valid.headers },
      { weight: 1, arbitrary: wrong.headers },
    ),
    body: fc.oneof(
      { weight: 1, arbitrary: valid.body },
      { weight: content ? 4 : 1, arbitrary: wrong.body },
    ),
    credentials: fc.oneof(
      { weight: 14, arbitrary: usual },
      { weight: 1, arbitrary: wrong.credentials },
    ),
  })
  return fc.oneof(fc.record(valid), mixed).map((parts) => toRequest(parts, operation.method))
}

function toRequest(parts: Parts, ownMethod: string): FuzzRequest {
  const { method, path, query, body, credentials } = parts
  const own = new Set(parts.headers.map(([name]) => name))
  const ofBody: [string, string][] = []
  if (body && !own.has('content-type')) ofBody.push(['content-type', body.contentType])
  if (body?.encoding && !own.has('content-encoding')) {
    ofBody.push(['content-encoding', body.encoding])
  }
  return {
    method,
    target: query === '' ? path.text : `${path.text}?${query}`,
    credentials,
    headers: [...parts.headers, ...ofBody],
    body: method === 'TRACE' ? undefined : body?.bytes,
    leavesRoute: path.leavesRoute || method !== ownMethod || own.has('content-encoding'),
  }
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function pathOf(
  template: string,
  parameters: readonly OpenApiParameter[],
  context: SchemaContext,
  isWrong: boolean,
): fc.Arbitrary<Parts['path']> {
  const values = parameters.map(({ name, schema }) => {
    const fits = schemaArbitrary(schema, context, name).map((value) => encoded(String(value)))
    return isWrong ? fc.oneof(fits, hostileSegment, hostileText.map(encoded)) : fits
  })
  const after = isWrong
    ? fc.constantFrom(
        '',
        '',
        '/',
        '//',
        '/..',
        '/%2e%2e',
        '/../../..',
        '/extra',
        ':undefined',
        ';a',
      )
    : fc.constant('')
  return fc.tuple(fc.tuple(...values), after).map(([segments, tail]) => {
    const filled = parameters.reduce(
      (text, { name }, index) => text.replace(`{${name}}`, () => segments[index] ?? ''),
      template,
    )
    // A value that is no plain word may end up on another route.
    return { text: `${filled}${tail}`, leavesRoute: isWrong }
  })
}

function queryOf(
  parameters: readonly OpenApiParameter[],
  context: SchemaContext,
  isWrong: boolean,
): fc.Arbitrary<string> {
  const given = parameters.map((parameter) => parameterOf(parameter, context, isWrong))
  const unknown = fc.tuple(
    fc.oneof(
      fc.constantFrom('unknown', '__proto__', 'tenant', 'page_size[]', 'a.b'),
      hostileText.map(encoded),
    ),
    hostileSegment,
  )
  const more = isWrong
    ? fc.array(
        unknown.map(([name, value]) => `${name}=${value}`),
        { maxLength: 1 },
      )
    : fc.constant<string[]>([])
  return fc.tuple(...given, more).map((pairs) => pairs.flat().join('&'))
}

function parameterOf(
  { name, required, schema }: OpenApiParameter,
  context: SchemaContext,
  isWrong: boolean,
): fc.Arbitrary<string[]> {
  const fits = schemaArbitrary(schema, context, name).map((value) =>
    [value].flat().map((item) => `${encoded(name)}=${encoded(textOf(item as Json))}`),
  )
  const maybe = required ? fits : fc.oneof(fc.constant<string[]>([]), fits)
  if (!isWrong) return maybe
  const hostile = fc.oneof(
    hostileSegment,
    hostileText.map(encoded),
    hostileJson.map((v) => encoded(hostileJsonText(v))),
  )
  return fc.oneof(
    { weight: 3, arbitrary: maybe },
    { weight: 2, arbitrary: hostile.map((value) => [`${name}=${value}`]) },
    { weight: 1, arbitrary: maybe.map((pairs) => [...pairs, ...pairs]) },
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
  )
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A body of one of the media types; bodies of several elements where the type holds lines. */
function bodyOf(content: Content, context: SchemaContext): fc.Arbitrary<Body> {
  const each = Object.entries(content).map(([contentType, { schema }]) => {
    const value = schemaArbitrary(schema, context)
    const texts = isLines(contentType)
      ? fc.array(value, { maxLength: 5 }).map((items) => items.map(textOfJson).join('\n'))
      : value.map(textOfJson)
    return texts.map((text): Body => ({ contentType, bytes: Buffer.from(text) }))
  })
  return fc.oneof(...each)
}

function textOfJson(value: Json): string {
  return JSON.stringify(value)
}

function isLines(contentType: string): boolean {
  return contentType.includes('ndjson')
}

function wrongBodyOf(
  content: Content = { 'application/json': { schema: {} } },
  context: SchemaContext,
): fc.Arbitrary<Body | undefined> {
  const mutated = Object.entries(content).map(([contentType, { schema }]) => {
    const value = mutatedJson(schemaArbitrary(schema, context)).map(hostileJsonText)
    const texts = isLines(contentType)
      ? fc.array(value, { maxLength: 5 }).map((lines) => lines.join('\n'))
      : value
    return texts.map((text): Body => ({ contentType, bytes: Buffer.from(text) }))
  })
  const body = fc.oneof(...mutated)
  return fc.oneof(
    { weight: 14, arbitrary: body },
    { weight: 2, arbitrary: fc.tuple(body, fc.nat(200)).map(truncated) },
    { weight: 2, arbitrary: fc.tuple(body, fc.nat(200), fc.nat(255)).map(withByte) },
    {
      weight: 1,
      arbitrary: body.map((b) => ({ ...b, bytes: gzipSync(b.bytes), encoding: 'gzip' })),
    },
    { weight: 1, arbitrary: body.map((b) => ({ ...b, encoding: 'gzip' })) },
    { weight: 1, arbitrary: fc.tuple(body, fc.nat(30)).map(brokenGzip) },
    { weight: 1, arbitrary: body.map((b) => ({ ...b, bytes: new Uint8Array() })) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

function truncated([body, length]: [Body, number]): Body {
  return { ...body, bytes: body.bytes.subarray(0, length) }
}

function withByte([body, at, byte]: [Body, number, number]): Body {
  const place = at % (body.bytes.length + 1)
  const bytes = [body.bytes.subarray(0, place), [byte], body.bytes.subarray(place)]
  return { ...body, bytes: Buffer.concat(bytes.map((part) => Uint8Array.from(part))) }
}

function brokenGzip([body, length]: [Body, number]): Body {
  return { ...body, bytes: gzipSync(body.bytes).subarray(0, length), encoding: 'gzip' }
}
