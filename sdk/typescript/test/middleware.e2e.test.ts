import { Purser } from '@purser/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlatformBed, startPlatformProcess } from './platform-bed.ts'
import { servedRoutes } from './served-routes.ts'

let bed: PlatformBed
let purser: Purser
beforeAll(async () => {
  bed = await startPlatformProcess()
  purser = new Purser(bed.connection)
})
afterAll(async () => {
  await purser.close()
  await bed.stop()
})

const rolling = [{ limit_key: 'rate', quantity: 3, window: 'rolling', window_seconds: 300 }]

describe.each(Object.entries(servedRoutes))('%s', (framework, serveRoute) => {
  test.each(['direct', 'lease'] as const)(
    'lets three through and counts down, %s',
    async (mode) => {
      const feature = `${framework}-${mode}`
      await bed.entitle(feature, feature, rolling)
      await using route = await serveRoute({ purser, feature, mode })
      for (const left of ['2', '1', '0']) {
        const answer = await route.get({ 'x-account': feature })
        expect(answer.status).toBe(200)
        expect(await answer.json()).toEqual({ widgets: [] })
        expect(answer.headers.get('x-ratelimit-limit')).toBe('3')
        expect(answer.headers.get('x-ratelimit-remaining')).toBe(left)
        expect(answer.headers.get('x-ratelimit-reset')).toMatch(/^\d{1,3}$/)
        expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"rate";r=${left}(;t=\\d+)?$`))
        expect(answer.headers.get('ratelimit-policy')).toBe('"rate";q=3')
      }
      const refusal = await route.get({ 'x-account': feature })
      expect(refusal.status).toBe(429)
      expect(refusal.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/)
      const wait = refusal.headers.get('retry-after')
      expect(Number(wait)).toBeGreaterThan(200)
      expect(refusal.headers.get('ratelimit')).toMatch(/^"rate";r=0;t=\d+$/)
      expect(await refusal.json()).toEqual({
        type: '/problems/metering.limit_exceeded',
        title: 'Limit reached',
        status: 429,
        detail: `The limit "rate" of "${feature}" is reached; the units will fit in ${wait} s.`,
        code: 'metering.limit_exceeded',
        feature_key: feature,
        limit_key: 'rate',
        limit: '3',
        remaining: '0',
        reset_seconds: refusal.headers.get('x-ratelimit-reset'),
        retry_after_seconds: wait,
      })
    },
  )

  test('refuses who is nobody, and who has no such feature', async () => {
    await using route = await serveRoute({ purser, feature: 'no-such', mode: 'direct' })
    const nobody = await route.get({})
    expect(nobody.status).toBe(401)
    expect(await nobody.json()).toMatchObject({ code: 'auth.missing_credentials' })
    const stranger = await route.get({ 'x-account': 'stranger' })
    expect(stranger.status).toBe(403)
    expect(stranger.headers.has('ratelimit')).toBe(false)
    expect(await stranger.json()).toMatchObject({
      code: 'metering.feature_not_entitled',
      feature_key: 'no-such',
    })
  })

  test('counts as many units as a request says, and one id once', async () => {
    const feature = `${framework}-units`
    await bed.entitle(feature, feature, [{ limit_key: 'm', quantity: 10, window: 'month' }])
    await using route = await serveRoute({ purser, feature, mode: 'direct' })
    const headers = { 'x-account': feature, 'x-request-id': `${feature}-1` }
    for (const _ of ['first', 'again']) {
      const answer = await route.get(headers, '?units=4')
      expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([200, '6'])
    }
    expect(await bed.recorded(feature, feature)).toBe(4)
    const later = await route.get({ 'x-account': feature }, '?units=7')
    expect([later.status, later.headers.has('retry-after')]).toEqual([429, true])
    const never = await route.get({ 'x-account': feature }, '?units=11')
    expect([never.status, never.headers.has('retry-after')]).toEqual([429, false])
    expect(await never.json()).toMatchObject({
      detail: `The limit "m" of "${feature}" is less than the units: they will never fit.`,
    })
  })

  test('tells the standing of refusals alone when it is told so', async () => {
    const feature = `${framework}-quiet`
    await bed.entitle(feature, feature, [{ limit_key: 'm', quantity: 1, window: 'month' }])
    const quiet = { purser, feature, mode: 'direct', headers: 'refusals' } as const
    await using route = await serveRoute(quiet)
    const admitted = await route.get({ 'x-account': feature })
    expect([admitted.status, admitted.headers.has('ratelimit')]).toEqual([200, false])
    const refused = await route.get({ 'x-account': feature })
    expect([refused.status, refused.headers.has('ratelimit')]).toEqual([429, true])
  })

  test('hands on what is no decision', async () => {
    const { connection } = bed
    const wrong = new Purser({ ...connection, apiKey: 'pk_wrong' })
    await using route = await serveRoute({ purser: wrong, feature: 'no-such', mode: 'direct' })
    const answer = route.get({ 'x-account': 'ann' })
    if (framework.startsWith('next')) {
      await expect(answer).rejects.toMatchObject({ cause: { code: 'auth.invalid_credentials' } })
    } else {
      expect((await answer).status).toBe(500)
    }
  })

  test.each([
    ['open', 'closed', 200],
    ['closed', 'open', 503],
  ] as const)(
    'decides in an outage as the plan said last, %s',
    async (on_outage, onOutage, status) => {
      let isCut = true
      const cut: typeof fetch = (...request) =>
        isCut ? Promise.reject(new TypeError('cut')) : fetch(...request)
      const through = new Purser({ ...bed.connection, fetch: cut, timeoutMs: 10_000 })
      const feature = `${framework}-${on_outage}`
      const once = [{ limit_key: 'm', quantity: 1, window: 'month' }]
      await bed.entitle(feature, feature, once, { on_outage })
      await bed.subscribe(`${feature}-full`, feature)
      await using route = await serveRoute({ purser: through, feature, mode: 'direct', onOutage })
      const statusOf = async (account: string) => (await route.get({ 'x-account': account })).status
      const own = onOutage === 'open' ? 200 : 503
      // Nothing was heard yet: the route's own rule.
      expect([await statusOf(feature), await statusOf(`${feature}-full`)]).toEqual([own, own])
      isCut = false
      expect(await statusOf(feature)).toBe(200)
      // One that is full hears it by its refusal.
      await purser.usage.decide({ accountId: `${feature}-full`, featureKey: feature, units: 1 })
      expect(await statusOf(`${feature}-full`)).toBe(429)
      isCut = true
      expect([await statusOf(feature), await statusOf(`${feature}-full`)]).toEqual([status, status])
      expect(await statusOf('stranger')).toBe(own)
    },
  )

  test.each([
    ['closed', 503],
    ['open', 200],
  ] as const)('decides in an outage by its rule, %s', async (onOutage, status) => {
    const away = new Purser({ ...bed.connection, baseUrl: 'http://localhost:1', timeoutMs: 100 })
    const limiter = away.limiter({ onOutage })
    await using route = await serveRoute({ purser: away, feature: 'any', mode: 'lease', limiter })
    const answer = await route.get({ 'x-account': 'ann' })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('retry-after')).toBe(onOutage === 'closed' ? '1' : null)
    await away.close({ timeoutMs: 1 })
  })
})
