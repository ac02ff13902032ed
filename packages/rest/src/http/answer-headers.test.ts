import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { answerJson, carryAnswerHeaders, setAnswerHeader } from './answer-headers.ts'

function openApp() {
  const app = Fastify()
  carryAnswerHeaders(app)
  carryAnswerHeaders(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.answerHeaders = ['x-carried', 'carried', 'cache-control', 'no-store']
  })
  app.get('/json', (_request, reply) => {
    setAnswerHeader(reply, 'x-carried', 'set again')
    setAnswerHeader(reply, 'x-more', 'more')
    answerJson(reply.header('cache-control', 'private'), '{"name":"grüße"}')
  })
  app.get('/page', async (_request, reply) => reply.header('cache-control', 'private').send('page'))
  app.get('/failure', async () => {
    throw new Error('failure')
  })
  return app
}

test('JSON carries them once each; what Fastify is told wins', async () => {
  const response = await openApp().inject('/json')
  expect(response.body).toBe('{"name":"grüße"}')
  expect(response.headers).toMatchObject({
    'x-carried': 'set again',
    'x-more': 'more',
    'cache-control': 'private',
    'content-type': 'application/json; charset=utf-8',
    'content-length': '18',
  })
  const names = response.raw.res.getHeaderNames?.() ?? []
  expect(new Set(names).size).toBe(names.length)
})

test('so do pages, failures and paths that are not', async () => {
  const app = openApp()
  const page = await app.inject('/page')
  expect(page.headers).toMatchObject({ 'x-carried': 'carried', 'cache-control': 'private' })
  for (const url of ['/failure', '/nothing']) {
    const { headers } = await app.inject(url)
    expect(headers, url).toMatchObject({ 'x-carried': 'carried', 'cache-control': 'no-store' })
  }
})

test('HEAD is answered as GET without its body', async () => {
  const response = await openApp().inject({ method: 'HEAD', url: '/json' })
  expect(response.headers).toMatchObject({ 'x-more': 'more', 'content-length': '18' })
  expect(response.body).toBe('')
})
