import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { PurserError, systemClock } from '@purser/kernel'
import { createMetrics, HealthRegistry, noTracing, silentLogger } from '@purser/runtime'
import { describe, expect, test } from 'vitest'
import { Authenticator, createGateway } from '../src/index.ts'
import { securityHeaders } from '../src/security-headers.ts'
import { openGateway, reader } from './gateway-harness.ts'
import { requestText, sendRaw } from './raw-http.ts'

const meters = '/api/v1/tenants/acme/meters'

describe('health', () => {
  test('is live whatever is broken, and ready when every check passes', async () => {
    const { ask, health } = await openGateway()
    expect(await (await ask('/health/ready')).json()).toMatchObject({ ready: true, checks: [] })
    health.add({ name: 'database', check: () => Promise.reject(new Error('host db-7')) })
    const ready = await ask('/health/ready')
    expect(ready.status).toBe(503)
    const checks = [{ name: 'database', ok: false, message: 'failed' }]
    expect(await ready.json()).toMatchObject({ ready: false, checks })
    expect((await ask('/health/live')).status).toBe(200)
  })
})

describe('requests', () => {
  test('carry their id through: a sane one of the caller, otherwise a new one', async () => {
    const { ask, seen } = await openGateway()
    const sane = await ask(meters, { key: reader, headers: { 'x-request-id': 'my-id.1' } })
    expect(sane.headers.get('x-request-id')).toBe('my-id.1')
    const odd = await ask(meters, { key: reader, headers: { 'x-request-id': 'a b' } })
    const made = odd.headers.get('x-request-id')
    expect(made).toMatch(/^[A-Za-z0-9-]+$/)
    expect(seen.requestIds).toEqual(['my-id.1', made])
  })

  test('are logged and measured without secrets', async () => {
    const { ask, lines } = await openGateway()
    await ask(`${meters}?page_token=secret-token`, {
      key: reader,
      headers: { cookie: 'secret-cookie' },
    })
    const metrics = await (await ask('/metrics')).text()
    const route = '/api/v1/tenants/:p3/meters'
    expect(metrics).toContain(
      `http_request_duration_seconds_count{method="GET",route="${route}",status="400"} 1`,
    )
    const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    expect(requests[0]).toMatchObject({ method: 'GET', route, status: '400' })
    expect(lines.join()).not.toMatch(/secret-|pk_reader/)
  })

  test('are answered with security headers, also when refused', async () => {
    const { ask } = await openGateway()
    for (const path of ['/health/live', '/nothing', meters]) {
      const { headers } = await ask(path)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('x-frame-options'), path).toBe('DENY')
    }
  })

  test('that are granted have each header once', async () => {
    const methods = { listMeters: () => ({ meters: [] }) }
    const { url } = await openGateway({ methods, rateLimits: { default: 100 } })
    const credentials = { authorization: `Bearer ${reader}` }
    // The second one finds its caller known.
    const both = requestText(meters, credentials, { more: true }) + requestText(meters, credentials)
    const answers = (await sendRaw(url, both)).split('HTTP/1.1 ').slice(1)
    expect(answers).toHaveLength(2)
    for (const [index, answer] of answers.entries()) {
      const [head = '', body] = answer.split('\r\n\r\n')
      const [status, ...lines] = head.split('\r\n')
      const headers = new Map(lines.map((line) => line.split(': ', 2) as [string, string]))
      expect(headers.size).toBe(lines.length)
      expect(status).toBe('200 OK')
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{24}$/)
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(headers.get('content-length')).toBe(String(body?.length))
      expect(headers.get('ratelimit-remaining')).toBe(String(99 - index))
      expect(Object.fromEntries(headers)).toMatchObject(securityHeaders)
    }
  })

  test('whose client leaves are canceled, and logged all the same', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const listMeters = (_request: unknown, { signal }: { signal: AbortSignal }) => {
      started.resolve(signal)
      return once(signal, 'abort')
    }
    const { url, lines } = await openGateway({ methods: { listMeters } })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write(requestText(meters, { authorization: `Bearer ${reader}` }))
    const signal = await started.promise
    socket.destroy()
    await expect.poll(() => signal.aborted).toBe(true)
    await expect.poll(() => lines.filter((line) => line.includes('"request"'))).toHaveLength(1)
    const told = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'request')
    expect(told).toMatchObject({ route: '/api/v1/tenants/:p3/meters', status: '499' })
  })

  test('with a media type and no body are answered, whatever the method', async () => {
    const { url } = await openGateway({ methods: { listMeters: () => ({ meters: [] }) } })
    const headers = { authorization: `Bearer ${reader}`, 'content-type': 'application/json' }
    for (const method of ['OPTIONS', 'DELETE', 'PUT', 'PROPFIND']) {
      const text = requestText(meters, headers, { method })
      expect(await sendRaw(url, text)).toMatch(/^HTTP\/1.1 4\d\d /)
    }
  })

  test('that fail by a bug are logged with their cause and tell nothing', async () => {
    const listMeters = () => {
      throw new TypeError('secret of a bug')
    }
    const { ask, lines } = await openGateway({ methods: { listMeters } })
    const response = await ask(meters, { key: reader })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(lines.join()).toContain('secret of a bug')
  })
})

describe('stopping', () => {
  test('lets running requests end and takes no new ones', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<void>()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const listMeters = async () => {
      start()
      await gate
      return { meters: [] }
    }
    const { ask, gateway } = await openGateway({ methods: { listMeters } })
    const running = ask(meters, { key: reader })
    await started
    const drained = gateway.drain?.()
    const refused = await ask(meters, { key: reader })
    expect(refused.status).toBe(503)
    expect(await (await ask('/health/ready')).json()).toMatchObject({
      ready: false,
      draining: true,
    })
    open()
    expect((await running).status).toBe(200)
    await drained
  })

  test('a busy port is one line that says what to do', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const address = blocker.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const nothing = { unary: () => Promise.reject(), stream: () => Promise.reject() }
    const gateway = createGateway({
      config: {
        host: '127.0.0.1',
        port,
        rateLimits: { default: 0, bulk: 0, sensitive: 0, usage: 0 },
        trustedProxies: [],
        corsOrigins: [],
      },
      contracts: [],
      transport: () => nothing,
      authenticator: new Authenticator({ user: {} as never, clock: systemClock, issuer: 'purser' }),
      log: silentLogger,
      metrics: createMetrics({ processMetrics: false }),
      tracing: noTracing,
      health: new HealthRegistry({ log: silentLogger }),
    })
    const failure = await gateway.start().catch((error: unknown) => error)
    blocker.close()
    await gateway.stop()
    expect(failure).toBeInstanceOf(PurserError)
    expect((failure as Error).message).toMatch(
      new RegExp(`^port ${port} is in use; .*HTTP_PORT.*$`),
    )
  })
})
