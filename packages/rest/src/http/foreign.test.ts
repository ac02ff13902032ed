import { describe, expect, test } from 'vitest'
import { openLibrary } from '../../test-contract/open-library.ts'

const url = '/foreign/s1/things/t%2F1?startIndex=1&a=%22b%22&unknown'
const foreign = { 'content-type': 'application/foreign+json; charset=utf-8' }

describe('a protocol of its own', () => {
  test('is given query and body as they were sent, and answers status, body and location', async () => {
    const { app } = await openLibrary()
    const payload = '{"camelCase": 1,  "twice": 1, "twice": 2}'
    const response = await app.inject({ method: 'PUT', url, headers: foreign, payload })
    expect(response.statusCode).toBe(201)
    expect(response.headers).toMatchObject({
      'content-type': 'application/foreign+json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      location: '/foreign/s1',
    })
    expect(response.json()).toEqual({
      shelf: 's1',
      thing: 't/1',
      query: 'startIndex=1&a=%22b%22&unknown',
      text: payload,
      type: 'application/foreign+json',
    })
  })

  test('may answer without a body', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({ method: 'PUT', url: '/foreign/s1/things/gone' })
    expect(response.statusCode).toBe(204)
    expect(response.body).toBe('')
    expect(response.headers['content-type']).toBeUndefined()
    expect(response.headers.location).toBeUndefined()
  })

  test('reads without a body, also by HEAD', async () => {
    const { app } = await openLibrary()
    const path = '/foreign/s1/things?filter=x%20y'
    expect((await app.inject(path)).json()).toEqual({ shelf: 's1', query: 'filter=x%20y' })
    expect((await app.inject({ method: 'HEAD', url: path })).statusCode).toBe(200)
  })

  test('takes its media types alone', async () => {
    const { app } = await openLibrary()
    const put = (type: string) =>
      app.inject({ method: 'PUT', url, headers: { 'content-type': type }, payload: '{}' })
    expect((await put('application/json')).statusCode).toBe(201)
    expect((await put('text/plain')).statusCode).toBe(415)
    expect((await put('application/foreign+json; charset=latin1')).statusCode).toBe(415)
  })

  test('is bounded like any body', async () => {
    const { app } = await openLibrary({ maxBodyBytes: 10 })
    const payload = '"0123456789"'
    const response = await app.inject({ method: 'PUT', url, headers: foreign, payload })
    expect(response.statusCode).toBe(413)
  })

  test('words refusals itself when told how, as problem details otherwise', async () => {
    const refuse = { method: 'PUT', url: '/foreign/none/things/t' } as const
    const plain = await openLibrary()
    const problem = await plain.app.inject(refuse)
    expect(problem.headers['content-type']).toMatch(/^application\/problem\+json/)
    const { app } = await openLibrary({
      foreignProblems: { 'application/foreign+json': ({ status, code }) => ({ no: code, status }) },
    })
    const response = await app.inject(refuse)
    expect(response.statusCode).toBe(404)
    expect(response.headers['content-type']).toBe('application/foreign+json; charset=utf-8')
    expect(response.json()).toEqual({ no: 'resource.not_found', status: 404 })
  })

  test('refusals before the method are worded by it too, other routes keep problem details', async () => {
    const { app } = await openLibrary({
      foreignProblems: { 'application/foreign+json': ({ status }) => ({ status }) },
    })
    const bad = await app.inject({
      method: 'PUT',
      url,
      headers: { 'content-type': 'a/b' },
      payload: '1',
    })
    expect(bad.statusCode).toBe(415)
    expect(bad.json()).toEqual({ status: 415 })
    const other = await app.inject('/v1/nothing')
    expect(other.json()).toMatchObject({ type: '/problems/request.not_found' })
  })
})
