import type { InjectOptions } from 'fastify'
import { describe, expect, test } from 'vitest'
import { openLibrary } from '../../test-contract/open-library.ts'

type Answer = { status: number; body: Record<string, unknown> }

async function ask(request: InjectOptions): Promise<Answer> {
  const { app } = await openLibrary()
  const response = await app.inject(request)
  return { status: response.statusCode, body: response.json() }
}

/** What GetBook got: the library answers its request as the title. */
async function gotten(url: string): Promise<Record<string, unknown>> {
  const { status, body } = await ask({ url })
  expect(status).toBe(200)
  return JSON.parse(String(body.title))
}

/** Field and message of each violation. */
async function violationsOf(request: InjectOptions): Promise<string[]> {
  const { status, body } = await ask(request)
  expect(status).toBe(400)
  expect(body).toMatchObject({ code: 'request.invalid' })
  const errors = body.errors as { field: string; message: string }[]
  return errors.map(({ field, message }) => `${field}: ${message}`)
}

const post = (
  url: string,
  payload?: string,
  headers: Record<string, string> = {},
): InjectOptions => ({
  method: 'POST',
  url,
  headers: payload === undefined ? headers : { 'content-type': 'application/json', ...headers },
  ...(payload === undefined ? {} : { payload }),
})

describe('path', () => {
  test('variables fill fields, percent-decoded', async () => {
    expect(await gotten('/v1/shelves/a%2Fb%C3%A9/books/b1')).toMatchObject({
      shelf: 'a/bé',
      book: 'b1',
    })
  })

  test('additional bindings reach the same method', async () => {
    expect(await gotten('/v1/books/b1')).toMatchObject({ shelf: '', book: 'b1' })
  })

  test('parameters may be long', async () => {
    const long = 'x'.repeat(1500)
    expect(await gotten(`/v1/shelves/${long}/books/b1`)).toMatchObject({ shelf: long })
  })

  test('a variable of several segments keeps them, and response_body answers one field', async () => {
    const { app } = await openLibrary()
    const response = await app.inject('/v1/titles/a/parts/b')
    expect(response.body).toBe('"titles/a/parts/b"')
  })

  test('a verb behind a variable is another route', async () => {
    expect(await ask(post('/v1/books/b1:archive'))).toMatchObject({
      body: { title: 'archived b1' },
    })
    expect(await ask(post('/v1/books/b1'))).toMatchObject({ status: 405 })
  })

  test('the rest of a path, with a verb before without', async () => {
    const { app } = await openLibrary()
    expect((await app.inject('/v1/files/a/b')).body).toBe('file a/b')
    expect((await app.inject('/v1/files/a/b:raw')).body).toBe('file a/b')
  })

  test('a value that the field refuses is a violation with the field of the path', async () => {
    expect(await violationsOf({ url: '/v1/books/%00' })).toEqual([
      'book: expected a string without U+0000 and unpaired surrogates',
    ])
    expect(await violationsOf({ url: '/v1/books/UPPER' })).toEqual([
      expect.stringContaining('book: '),
    ])
  })
})

describe('query', () => {
  test('fills scalars, enums, times, lists by repetition and nested fields by dots', async () => {
    const query = [
      'genres=fiction&genres=non_fiction&deep=true&at_time=2026-02-01T00:00:00%2B01:00',
      'tags=a,b&tags=c+d%26&filter.min_pages=9007199254740993&filter.inner.inner.text=x',
    ].join('&')
    expect(await gotten(`/v1/books/b1?${query}`)).toMatchObject({
      genres: [1, 2],
      deep: true,
      atTime: { seconds: '1769900400' },
      tags: ['a,b', 'c d&'],
      filter: { minPages: '9007199254740993', inner: { inner: { text: 'x' } } },
    })
  })

  test.each([
    ['deep=yes', 'deep: expected true or false'],
    ['deep', 'deep: expected true or false'],
    ['deep=true&deep=true', 'deep: is given more than once'],
    ['filter.min_pages=1.5', 'filter.min_pages: expected a whole number'],
    ['genres=GENRE_FICTION', 'genres: expected one of fiction, non_fiction'],
    ['at_time=2026-02-01T00:00:00+01:00', 'at_time: expected an RFC 3339 time'],
    ['book=b2', 'book: is given by the path'],
    ['labels=a', 'labels: unknown query parameter'],
    ['labels.a=b', 'labels.a: unknown query parameter'],
    ['filters=a', 'filters: unknown query parameter'],
    ['filter=a', 'filter: unknown query parameter'],
    [
      'filter.inner.inner.inner.inner.text=x',
      'filter.inner.inner.inner.inner.text: unknown query parameter',
    ],
    ['atTime=x', 'atTime: unknown query parameter; its name is at_time'],
    ['__proto__.x=1', '__proto__.x: unknown query parameter'],
    ['tags=%00', 'tags: expected a string'],
  ])('%s is refused', async (query, violation) => {
    expect(await violationsOf({ url: `/v1/books/b1?${query}` })).toEqual([
      expect.stringContaining(violation),
    ])
  })

  test.each(['tags=%', 'tags=%ff', `${'tags=a&'.repeat(1001)}`])(
    '%.20s is no query',
    async (query) => {
      expect(await ask({ url: `/v1/books/b1?${query}` })).toMatchObject({
        status: 400,
        body: { code: 'request.invalid' },
      })
    },
  )
})

describe('body "*"', () => {
  test('fills the request; an empty body leaves all to the query', async () => {
    expect((await ask(post('/v1/everything', '{"string_value": "a"}'))).body).toHaveProperty(
      'string_value',
      'a',
    )
    const { body } = await ask(
      post('/v1/everything?int64_value=1000000&string_value=2026-02&numbers=1&numbers=2'),
    )
    expect(body).toMatchObject({ int64_value: 1000000, string_value: '2026-02', numbers: [1, 2] })
  })

  test('the query fills what the body leaves out, and nothing that it gives', async () => {
    const { body } = await ask(post('/v1/everything?int32_value=2', '{"string_value": "a"}'))
    expect(body).toMatchObject({ int32_value: 2, string_value: 'a' })
    const twice = post(
      '/v1/everything?string_value=b&bool_value=true',
      '{"string_value": "a", "bool_value": null}',
    )
    expect(await violationsOf(twice)).toEqual([
      'string_value: is given in the query and in the body',
      'bool_value: is given in the query and in the body',
    ])
  })

  test('members of one oneof in query and body are refused, nested fields of the query too', async () => {
    expect(
      await violationsOf(post('/v1/everything?choice_text=a', '{"choice_number": 1}')),
    ).toEqual(['choice_text: only one of the choices may be given'])
    expect(await violationsOf(post('/v1/everything?child.bool_value=true', '{}'))).toEqual([
      'child.bool_value: unknown query parameter',
    ])
  })

  test('fills nothing from the query unless the method says so: addresses end in logs', async () => {
    expect(await violationsOf(post('/v1/books/b1:archive?book=b1&shelf=old', '{}'))).toEqual([
      'book: is given by the path',
      'shelf: belongs in the body',
    ])
  })

  test('a field of the path may be repeated with the same value', async () => {
    expect(await ask(post('/v1/books/b1:archive', '{"book": "b1"}'))).toMatchObject({ status: 200 })
    expect(await violationsOf(post('/v1/books/b1:archive', '{"book": "b2"}'))).toEqual([
      'book: differs from the path',
    ])
  })

  test('body and query are judged together', async () => {
    expect(
      await violationsOf(post('/v1/everything?int32_value=x', '{"genre": "x", "y": 1}')),
    ).toEqual([
      'genre: expected one of fiction, non_fiction',
      'y: unknown field',
      expect.stringContaining('int32_value: expected a whole number'),
    ])
  })
})

describe('body of one field', () => {
  const patch = (url: string, payload?: string): InjectOptions => ({
    ...post(url, payload),
    method: 'PATCH',
  })

  test('the path completes it, the query fills other fields', async () => {
    const { body } = await ask(patch('/v1/shelf/emma?dry_run=true', '{"genre": "fiction"}'))
    expect(body).toEqual({ title: 'emma', genre: 'fiction', page_count: 1 })
  })

  test('violations are named from the root of the body, those of the service too', async () => {
    expect(await violationsOf(patch('/v1/shelf/emma', '{"genre": 1}'))).toEqual([
      'genre: expected one of fiction, non_fiction',
    ])
    expect(await violationsOf(patch(`/v1/shelf/${'x'.repeat(51)}`, '{}'))).toEqual([
      expect.stringContaining('title: '),
    ])
    expect(await violationsOf(patch('/v1/shelf/emma', '[]'))).toEqual(['body: expected an object'])
  })

  test('the query has no fields of the body', async () => {
    expect(await violationsOf(patch('/v1/shelf/emma?book.genre=fiction', '{}'))).toEqual([
      'book.genre: belongs in the body',
    ])
  })
})

test('without a body rule a body is refused', async () => {
  const request: InjectOptions = {
    method: 'PROPFIND' as 'GET',
    url: '/v1/shelves/s1',
    payload: '{}',
  }
  const { status, body } = await ask({
    ...request,
    headers: { 'content-type': 'application/json' },
  })
  expect(status).toBe(400)
  expect(body.detail).toContain('this method takes no body')
})

test('internal methods have no route', async () => {
  const { routes } = await openLibrary()
  expect(await ask({ url: '/v1/secrets/x' })).toMatchObject({
    status: 404,
    body: { code: 'request.not_found' },
  })
  expect(routes.map(({ method }) => method.name)).not.toContain('CountSecrets')
})
