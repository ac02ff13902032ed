import { expect, test } from 'vitest'
import { openGateway } from './gateway-harness.ts'

test('the OpenAPI document describes the routes with the texts of the contract', async () => {
  const { ask } = await openGateway()
  const response = await ask('/openapi.json')
  expect(response.headers.get('content-type')).toContain('application/json')
  const document = (await response.json()) as {
    info: { description: string }
    paths: Record<string, { get?: object }>
  }
  // The stranger's first questions.
  for (const word of ['X-API-Key', 'Idempotency-Key', 'next_page_token', 'code', 'Retry-After']) {
    expect(document.info.description).toContain(word)
  }
  expect(document.paths['/api/v1/tenants/{tenant}/meters']?.get).toMatchObject({
    operationId: 'metering.list_meters',
    description: 'Lists meters by key.',
  })
})

test('the page comes from this server alone', async () => {
  const { ask } = await openGateway()
  const page = await ask('/docs/')
  expect(page.status).toBe(200)
  const html = await page.text()
  expect(html).toContain('/openapi.json')
  expect(html).toContain('<title>Purser API</title>')
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("connect-src 'self'")
  expect(policy).not.toMatch(/https?:/)
  const script = /src="([^"]+\.js)"/.exec(html)?.[1] ?? ''
  const answer = await ask(new URL(script, 'http://x/docs/').pathname)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('javascript')
})

test('what is beside the page is a problem as anywhere else', async () => {
  const { ask } = await openGateway()
  for (const path of ['/docs/nosuch.js', '/docs/json?a=1']) {
    const answer = await ask(path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'request.not_found' })
  }
})

test('the root leads to the page', async () => {
  const { ask } = await openGateway()
  const response = await ask('/', { redirect: 'manual' })
  expect(response.headers.get('location')).toBe('/docs')
})
