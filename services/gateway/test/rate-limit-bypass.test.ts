import { describe, expect, test } from 'vitest'
import { openGateway, reader } from './gateway-harness.ts'
import { requestText, sendRaw, statusesOf } from './raw-http.ts'
import { newSigner, NOW, token } from './token-forge.ts'

const meters = '/api/v1/tenants/acme/meters'
const bearer = { authorization: `Bearer ${reader}` }

const words = (text: string) => text.trim().split(/\s+/)

/** A gateway with these limits at a time that stands still until tests move it. */
async function open(options: Parameters<typeof openGateway>[0]) {
  const time = { nowMs: 0 }
  const gateway = await openGateway({ ...options, nowMs: () => time.nowMs })
  const raw = async (...of: Parameters<typeof requestText>) =>
    statusesOf(await sendRaw(gateway.url, requestText(...of)))
  const burst = async (count: number, key = reader) => {
    const asks = Array.from({ length: count }, () => gateway.ask(meters, { key }))
    const answers = await Promise.all(asks)
    return answers.filter(({ status }) => status === 200).length
  }
  return { ...gateway, time, raw, burst }
}

describe('an address that a client tells itself', () => {
  const names = words(`
    x-forwarded-for forwarded x-real-ip x-client-ip client-ip true-client-ip cf-connecting-ip
    fastly-client-ip x-originating-ip x-remote-ip x-remote-addr x-cluster-client-ip via
    x-envoy-external-address x-host x-forwarded-host x-forwarded forwarded-for purser-client-address
  `)

  test.each([
    ['without proxies', []],
    ['behind another proxy', ['10.0.0.0/8']],
  ])('opens no second bucket, %s', async (_name, trustedProxies) => {
    const { raw } = await open({ trustedProxies, rateLimits: { default: 1 } })
    expect(await raw(meters)).toEqual([401])
    for (const [index, name] of names.entries()) {
      const address = `203.0.113.${index}`
      const value = name === 'forwarded' ? `for=${address};proto=https` : address
      expect(await raw(meters, { [name]: value }), name).toEqual([429])
    }
  })

  test('opens none left of what a trusted proxy tells, however it is told', async () => {
    const trustedProxies = ['127.0.0.0/8', '10.0.0.0/8']
    const { raw, url } = await open({ trustedProxies, rateLimits: { default: 1 } })
    const client = '198.51.100.7'
    expect(await raw(meters, { 'x-forwarded-for': client })).toEqual([401])
    const hops = ['203.0.113.1', '127.0.0.1', '10.0.0.1', 'unknown', '', '::1', 'a'.repeat(5_000)]
    for (const hop of hops) {
      const told = { 'x-forwarded-for': `${hop}, ${client}` }
      expect(await raw(meters, told), hop.slice(0, 20)).toEqual([429])
    }
    const twice = requestText(meters, { 'x-forwarded-for': '203.0.113.9' }).replace(
      '\r\n\r\n',
      `\r\nX-Forwarded-For: ${client}\r\n\r\n`,
    )
    expect(statusesOf(await sendRaw(url, twice))).toEqual([429])
    for (const spelling of [`${client}:1`, `${client}:2`, `::ffff:${client}`, `::FFFF:c633:6407`]) {
      expect(await raw(meters, { 'x-forwarded-for': spelling }), spelling).toEqual([429])
    }
  })

  test('does not matter to a key, wherever it is used from', async () => {
    const { raw } = await open({ trustedProxies: ['127.0.0.1'], rateLimits: { default: 1 } })
    expect(await raw(meters, { ...bearer, 'x-forwarded-for': '203.0.113.1' })).toEqual([200])
    expect(await raw(meters, { ...bearer, 'x-forwarded-for': '203.0.113.2' })).toEqual([429])
  })
})

describe('another spelling', () => {
  const targets = words(`
    /API/V1/tenants/acme/meters /api/v1/Tenants/acme/meters /api/v1/tenants/ACME/meters
    //api/v1/tenants/acme/meters /api//v1/tenants/acme/meters ${meters}/ ${meters}//
    /./api/v1/tenants/acme/meters /x/../api/v1/tenants/acme/meters ${meters}/.
    /%2e/api/v1/tenants/acme/meters /x/%2e%2e/api/v1/tenants/acme/meters
    /api/v1/tenants/%61cme/meters /api/v1/tenants/acme/%6deters /%61pi/v1/tenants/acme/meters
    /api/v1/tenants/acme%2fmeters /api/v1/tenants/%2561cme/meters ${meters}%00 ${meters}%20
    ${meters}? ${meters}?a=1 ${meters}?page_size=7 ${meters};v=1 ${meters}#1 ${meters}\\
    http://localhost${meters} http://other.example${meters} https://localhost:99${meters}
  `)

  test('of a path is the same operation or none', async () => {
    const { raw, seen } = await open({ rateLimits: { default: 1 } })
    expect(await raw(meters, bearer)).toEqual([200])
    for (const target of targets) {
      const [status = 0] = await raw(target, bearer)
      expect([400, 404, 429], target).toContain(status)
    }
    expect(seen.principals).toHaveLength(1)
  })

  test('that is none is counted against the address', async () => {
    const { raw } = await open({ rateLimits: { default: 5 } })
    const statuses: (number | undefined)[] = []
    for (let count = 0; count < 8; count++) {
      statuses.push((await raw(`//api/v1/${'x'.repeat(count)}`, bearer))[0])
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429, 429])
  })

  test('of a method or of credentials is the same caller', async () => {
    const { raw, seen } = await open({ rateLimits: { default: 1 } })
    expect(await raw(meters, bearer)).toEqual([200])
    expect(await raw(meters, bearer, { method: 'HEAD' })).toEqual([429])
    const credentials: Record<string, string>[] = [
      { authorization: `bearer ${reader}` },
      { authorization: `BEARER    ${reader}` },
      { AUTHORIZATION: `Bearer ${reader}` },
      { 'x-api-key': reader },
      { 'X-API-KEY': reader, 'x-forwarded-for': '203.0.113.1' },
      { ...bearer, 'x-http-method-override': 'POST' },
      { ...bearer, host: 'other.example' },
      { ...bearer, 'x-original-url': '/health/live', 'x-rewrite-url': '/health/live' },
    ]
    for (const headers of credentials) {
      expect(await raw(meters, headers), JSON.stringify(headers)).toEqual([429])
    }
    expect(seen.principals).toHaveLength(1)
  })

  test('of a person, by another session and token, is the same caller', async () => {
    const signer = newSigner()
    const { ask } = await open({
      clock: { now: () => NOW },
      rateLimits: { default: 1 },
      methods: {
        listSigningKeys: () => ({ jwksJson: JSON.stringify({ keys: [signer.jwk] }) }),
        resolveSession: () => ({ userId: 'user_1', permissions: ['metering.*'] }),
      },
    })
    const statuses: number[] = []
    for (const sid of ['session_1', 'session_2', 'session_3']) {
      statuses.push((await ask(meters, { key: token(signer, { sid, jti: sid }) })).status)
    }
    expect(statuses).toEqual([200, 429, 429])
  })
})

describe('many at once', () => {
  test('on one connection, sent before the first is answered, are counted one by one', async () => {
    const { url } = await open({ rateLimits: { default: 10 } })
    const requests = Array.from({ length: 50 }, (_, index) =>
      requestText(meters, bearer, { more: index < 49 }),
    )
    const statuses = statusesOf(await sendRaw(url, requests.join('')))
    expect(statuses).toHaveLength(50)
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
  })

  test('on connections of their own are counted one by one', async () => {
    const { raw } = await open({ rateLimits: { default: 10 } })
    const answers = await Promise.all(Array.from({ length: 60 }, () => raw(meters, bearer)))
    expect(answers.flat().filter((status) => status === 200)).toHaveLength(10)
  })

  test('who are refused spend nothing, and each token lets one pass', async () => {
    const { burst, time } = await open({ rateLimits: { default: 60 } })
    expect(await burst(100)).toBe(60)
    for (const second of [1, 2, 3]) {
      time.nowMs = second * 1_000 - 1
      expect(await burst(20)).toBe(0)
      time.nowMs = second * 1_000
      expect(await burst(20)).toBe(1)
    }
  })

  test('around the edge of a minute get no second helping', async () => {
    const { burst, time } = await open({ rateLimits: { default: 60 } })
    time.nowMs = 59_999
    expect(await burst(100)).toBe(60)
    for (const nowMs of [60_000, 60_001, 60_500]) {
      time.nowMs = nowMs
      expect(await burst(20)).toBe(0)
    }
    time.nowMs = 59_999 + 30_000
    expect(await burst(100)).toBe(30)
  })
})

describe('HTTP/2', () => {
  test('with prior knowledge is not spoken', async () => {
    const { url, seen } = await open({ rateLimits: { default: 1 } })
    const answer = await sendRaw(url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0')
    expect(statusesOf(answer)).toEqual([400])
    expect(seen.principals).toEqual([])
  })

  test('by upgrade is not spoken, and such a request counts', async () => {
    const { raw } = await open({ rateLimits: { default: 1 } })
    const upgrade = {
      ...bearer,
      connection: 'close, upgrade, http2-settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    }
    expect(await raw(meters, upgrade, { more: true })).toEqual([200])
    expect(await raw(meters, upgrade, { more: true })).toEqual([429])
  })
})
