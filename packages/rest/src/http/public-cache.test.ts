import { asService } from '@purser/rpc'
import { describe, expect, test } from 'vitest'
import { openLibrary } from '../../test-contract/open-library.ts'

const url = '/v1/tenants/acme/notices/n1'

describe('an answer for everybody', () => {
  test('has a tag and a life, and is not sent again to who has it', async () => {
    const { app } = await openLibrary()
    const first = await app.inject(url)
    expect(first.json()).toMatchObject({ title: 'n1 of acme' })
    expect(first.headers).toMatchObject({ 'cache-control': 'public, max-age=5' })
    expect(first.headers.vary).toBeUndefined()
    const etag = String(first.headers.etag)
    expect(etag).toMatch(/^"[\w-]{43}"$/)
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await app.inject({ url, headers: { 'if-none-match': named } })
      expect(again.statusCode, named).toBe(304)
      expect(again.body).toBe('')
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'public, max-age=5' })
      expect(again.headers['content-type']).toBeUndefined()
    }
    const head = await app.inject({ method: 'HEAD', url })
    expect(head.headers.etag).toBe(etag)
  })

  test('is sent when what is named is another one', async () => {
    const { app } = await openLibrary()
    const headers = { 'if-none-match': String((await app.inject(url)).headers.etag) }
    const other = await app.inject({ url: '/v1/tenants/acme/notices/n2', headers })
    expect(other.statusCode).toBe(200)
    expect(other.headers.etag).not.toBe(headers['if-none-match'])
  })

  test('is not one when it is a refusal', async () => {
    const { app } = await openLibrary()
    const headers = { 'if-none-match': '*' }
    const refused = await app.inject({ url: '/v1/tenants/acme/notices/busy', headers })
    expect(refused.statusCode).toBe(503)
    expect(refused.headers.etag).toBeUndefined()
    expect(refused.headers['cache-control']).toBeUndefined()
  })
})

describe('an answer of a route without a tenant', () => {
  const callerHeaders = ['authorization', 'x-tenant']

  test('is told apart by what says who asks', async () => {
    const prepare = async () => ({ tenant: 'acme' })
    const { app } = await openLibrary({ callerHeaders, prepare })
    const { headers } = await app.inject('/v1/notices/n1')
    expect(headers.vary).toBe('authorization, x-tenant')
    expect(headers['cache-control']).toBe('public, max-age=5')
  })

  test('is kept by nobody when the credentials of who asks name the tenant', async () => {
    const prepare = async () => asService('test', 'globex')
    const { app } = await openLibrary({ callerHeaders, prepare })
    const asked = { url: '/v1/notices/n1', headers: { 'if-none-match': '*' } }
    const answer = await app.inject(asked)
    expect(answer.json()).toMatchObject({ title: 'n1 of globex' })
    expect(answer.headers.etag).toBeUndefined()
    expect(answer.headers['cache-control']).toBeUndefined()
  })
})

test('answers of other methods are kept by nobody', async () => {
  const { app } = await openLibrary()
  const { headers } = await app.inject('/v1/titles/a/parts/b')
  expect(headers.etag).toBeUndefined()
})
