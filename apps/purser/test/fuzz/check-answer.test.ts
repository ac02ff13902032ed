import { expect, test } from 'vitest'
import { checkAnswer } from './check-answer.ts'
import type { FuzzAnswer, FuzzRequest } from './fuzz-request.ts'
import type { OpenApi, Operation } from './json-schema.ts'

/** Canaries: answers that the suite must not let pass, and those that it must. */

const document: OpenApi = {
  paths: {},
  components: {
    schemas: {
      Book: {
        type: 'object',
        properties: { title: { type: 'string' }, pages: { type: 'integer', minimum: 0 } },
        required: ['title'],
        additionalProperties: false,
      },
    },
  },
}

const book = { schema: { $ref: '#/components/schemas/Book' } }

const operation: Operation = {
  operationId: 'library.get_book',
  method: 'GET',
  path: '/books',
  parameters: [],
  responses: {
    '200': { content: { 'application/json': book, 'application/x-ndjson': book } },
    '4XX': {},
    '5XX': {},
  },
}

const request: FuzzRequest = {
  method: 'GET',
  target: '/books',
  credentials: 'key',
  headers: [],
  body: undefined,
  leavesRoute: false,
}

function kinds(status: number, body: string, type = 'application/json', also: object = {}) {
  const answer: FuzzAnswer = {
    status,
    headers: { 'content-type': type, 'x-request-id': 'r1' },
    body: Buffer.from(body),
    elapsedMs: 1,
    isCut: false,
    ...also,
  }
  return checkAnswer(operation, request, answer, document).map(({ kind }) => kind)
}

const PROBLEM = 'application/problem+json'

function problem(changes: object = {}): string {
  return JSON.stringify({ code: 'a.b', request_id: 'r1', title: 't', detail: 'd', ...changes })
}

test('what fits passes', () => {
  expect(kinds(200, '{"title":"a","pages":1}')).toEqual([])
  expect(kinds(200, '{"title":"a"}\n{"title":"b"}\n', 'application/x-ndjson')).toEqual([])
  expect(kinds(404, problem(), PROBLEM)).toEqual([])
})

test.each([500, 501, 503])('%i is a failure, even though 5XX is documented', (status) => {
  expect(kinds(status, problem(), PROBLEM)).toEqual([`status ${status}`])
})

test('a broken connection is a failure', () => {
  expect(kinds(0, '', '', { error: 'ECONNRESET' })).toEqual(['no answer'])
})

test.each([
  ['stack trace', 'Error: no\n    at getBook (/srv/app.ts:12:3)'],
  ['stack trace', 'see node_modules/pg'],
  ['database text', 'select title from book where id = $1'],
  ['database text', 'duplicate key value violates unique constraint "book_pkey"'],
  ['database text', 'invalid byte sequence for encoding "UTF8": 0x00'],
])('a %s in a problem is a failure', (kind, detail) => {
  expect(kinds(400, problem({ detail }).replaceAll('\\n', '\n'), PROBLEM)).toContain(kind)
})

test('a status that is neither documented nor general is a failure', () => {
  expect(kinds(202, '{"title":"a"}', 'application/json')).toContain('undocumented status 202')
  expect(kinds(302, '')).toEqual(['undocumented status 302'])
})

test.each([
  ['{"pages":1}', '$.title: missing'],
  ['{"title":1}', '$.title: number instead of string'],
  ['{"title":"a","pages":-1}', '$.pages: below the minimum'],
  ['{"title":"a","pages":1.5}', '$.pages: number instead of integer'],
  ['{"title":"a","author":"b"}', '$.author: not in the schema'],
  ['[]', '$: array instead of object'],
])('%s breaks the schema', (body, violation) => {
  expect(kinds(200, body)).toEqual([`answer breaks its schema: ${violation}`])
})

test('answers of another form are failures', () => {
  expect(kinds(200, '{"title"')).toEqual(['no JSON'])
  expect(kinds(200, 'hello', 'text/plain')).toEqual(['undocumented content type'])
  expect(kinds(400, '{}', 'application/json')).toEqual(['no problem document'])
  expect(kinds(400, problem({ code: undefined }), PROBLEM)).toEqual(['problem without code'])
  expect(kinds(400, problem({ request_id: '' }), PROBLEM)).toEqual(['problem without request_id'])
  expect(kinds(200, '{"title":"a"}\n{}\n', 'application/x-ndjson')).toHaveLength(1)
})
