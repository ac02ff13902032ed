import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { PurserError } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { openLibrary } from '../../test-contract/open-library.ts'

const json = { 'content-type': 'application/json' }
const everything = { method: 'POST', url: '/v1/everything' } as const

describe('routes', () => {
  test('an unknown path is a 404 problem', async () => {
    const { app } = await openLibrary()
    const response = await app.inject('/v1/nothing?x=1')
    expect(response.statusCode).toBe(404)
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(response.json()).toEqual({
      type: '/problems/request.not_found',
      title: 'Not found',
      status: 404,
      detail: 'there is no such route',
      code: 'request.not_found',
      request_id: 'req_test',
    })
  })

  test('another method is a 405 problem that names the right ones', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({ method: 'DELETE', url: '/v1/everything' })
    expect(response.statusCode).toBe(405)
    expect(response.headers.allow).toBe('POST')
    expect((await app.inject({ method: 'PUT', url: '/v1/shelves/s1' })).headers.allow).toBe(
      'PROPFIND',
    )
  })

  test('a path that is no percent-encoding is a 400 problem', async () => {
    const { app } = await openLibrary()
    for (const path of ['/v1/books/%zz', '/v1/books/%ff', '/v1/watch/%']) {
      const response = await app.inject(path)
      expect(response.statusCode).toBe(400)
      expect(response.json()).toMatchObject({ code: 'request.invalid', request_id: 'req_test' })
    }
  })

  test('what is no HTTP is a 400 problem', async () => {
    const { listen } = await openLibrary()
    const socket = connect(Number(new URL(await listen()).port), '127.0.0.1')
    socket.write('NONSENSE\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n.*"code":"request.invalid"/s)
  })

  test('HEAD answers what GET does, without its body', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({ method: 'HEAD', url: '/v1/books/b1' })
    expect(response.statusCode).toBe(200)
    expect(response.body).toBe('')
    expect((await app.inject({ method: 'HEAD', url: '/v1/watch/w' })).statusCode).toBe(405)
  })
})

describe('bodies', () => {
  test('other media types and encodings are a 415 problem', async () => {
    const { app } = await openLibrary()
    for (const headers of [
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-type': 'nonsense' },
      { ...json, 'content-encoding': 'br' },
    ]) {
      const response = await app.inject({ ...everything, headers, payload: '{}' })
      expect(response.statusCode, JSON.stringify(headers)).toBe(415)
      expect(response.json().code).toBe('request.unsupported_media_type')
    }
  })

  test('JSON may come without a media type, with a charset, and as gzip', async () => {
    const { app } = await openLibrary()
    const payload = Buffer.from('{"string_value": "é"}')
    for (const [headers, body] of [
      [{}, payload],
      [{ 'content-type': 'application/json; charset="UTF-8"' }, payload],
      [{ ...json, 'content-encoding': 'gzip' }, gzipSync(payload)],
    ] as const) {
      const response = await app.inject({ ...everything, headers, payload: body })
      expect(response.json()).toMatchObject({ string_value: 'é' })
    }
  })

  test.each([
    ['{"a" 1}', "expected ':' at line 1, column 6"],
    [Buffer.from([0x22, 0xff, 0x22]), 'not valid UTF-8'],
    ['{"child":'.repeat(101), 'at most 100 levels'],
    ['{} x', 'expected the end'],
  ])('malformed JSON %.20j is a 400 problem', async (payload, detail) => {
    const { app } = await openLibrary()
    const response = await app.inject({ ...everything, headers: json, payload })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ code: 'request.invalid_json' })
    expect(response.json().detail).toContain(detail)
  })

  test('too much of a body is a 413 problem, however it comes', async () => {
    const { app } = await openLibrary({ maxBodyBytes: 1000 })
    const payload = JSON.stringify({ string_value: 'x'.repeat(1000) })
    for (const [headers, body] of [
      [json, payload],
      [{ ...json, 'content-encoding': 'gzip' }, gzipSync(payload)],
    ] as const) {
      const response = await app.inject({ ...everything, headers, payload: body })
      expect(response.statusCode).toBe(413)
    }
  })

  test('gzip that expands out of proportion is refused, damaged gzip too', async () => {
    const { app } = await openLibrary({ maxExpansion: 100 })
    const headers = { ...json, 'content-encoding': 'gzip' }
    const bomb = gzipSync(Buffer.alloc(5_000_000, ' '))
    expect((await app.inject({ ...everything, headers, payload: bomb })).statusCode).toBe(413)
    for (const damaged of [
      Buffer.from('no gzip'),
      gzipSync('{"string_value": "abc"}').subarray(0, -9),
    ]) {
      const response = await app.inject({ ...everything, headers, payload: damaged })
      expect(response.json()).toMatchObject({ status: 400, detail: 'the body is not valid gzip' })
    }
  })
})

describe('refusals', () => {
  const shelf = (name: string) => ({ method: 'PROPFIND' as 'GET', url: `/v1/shelves/${name}` })

  test('of the service are answered with their code and details, and reported with their cause', async () => {
    const reported: PurserError[] = []
    const { app } = await openLibrary({ onProblem: (error) => reported.push(error) })
    const response = await app.inject(shelf('s1'))
    expect(response.json()).toEqual({
      shelf: 's1',
      type: '/problems/resource.not_found',
      title: 'Not found',
      status: 404,
      detail: 'no such shelf',
      code: 'resource.not_found',
      request_id: 'req_test',
    })
    expect(reported.map((error) => (error.cause as Error).message)).toEqual(['private'])
  })

  test('that ask for patience say how long', async () => {
    const { app } = await openLibrary()
    const response = await app.inject(shelf('busy'))
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('7')
  })

  test('bugs say nothing', async () => {
    const reported: PurserError[] = []
    const { app } = await openLibrary({ onProblem: (error) => reported.push(error) })
    const response = await app.inject(shelf('bug'))
    expect(response.json()).toMatchObject({
      status: 500,
      code: 'platform.internal',
      detail: 'internal error',
    })
    expect(response.body).not.toContain('secret')
    expect(String(reported[0]?.cause)).toContain('secret detail')
  })

  test('of prepare come before anything of the body is read', async () => {
    const { PurserError: Refusal } = await import('@purser/kernel')
    const { app } = await openLibrary({
      prepare: async (_request, method) => {
        throw new Refusal('auth.permission_denied', `no ${method.name}`)
      },
    })
    const response = await app.inject({ ...everything, headers: json, payload: '{"broken' })
    expect(response.json()).toMatchObject({ status: 403, detail: 'no CreateEverything' })
  })

  test('validation rules of the contract are refusals of the service', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({ method: 'GET', url: '/v1/books/UPPER' })
    expect(response.json()).toMatchObject({ status: 400, errors: [{ field: 'book' }] })
  })
})

test('bytes are answered raw with their own media type', async () => {
  const { app } = await openLibrary()
  const response = await app.inject('/v1/files/a')
  expect(response.headers).toMatchObject({
    'content-type': 'text/plain',
    'x-content-type-options': 'nosniff',
  })
  expect(response.body).toBe('file a')
})

test('routes may be served under a prefix', async () => {
  const { routes } = await openLibrary()
  const { default: fastify } = await import('fastify')
  const { registerRest } = await import('../index.ts')
  const app = fastify()
  app.register(async (scope) => registerRest(scope, { routes }), { prefix: '/api' })
  expect((await app.inject('/api/v1/titles/a/parts/b')).body).toBe('"titles/a/parts/b"')
  expect((await app.inject('/api/v1/nothing')).json()).toMatchObject({ code: 'request.not_found' })
  await app.close()
})
