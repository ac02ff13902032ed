import { spawnNode, temporaryFolder, type TemporaryFolder, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { type Platform, startPlatform } from '../../src/platform/platform.ts'

const main = new URL('../../src/main.ts', import.meta.url).pathname

/** The sample resource from sign-up to a larger plan, as somebody walks it with curl. */

let folder: TemporaryFolder
let platform: Platform
beforeAll(async () => {
  folder = await temporaryFolder()
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    HTTP_PORT: '0',
    SMTP_SINK_PORT: '0',
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
  }
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  platform = await startPlatform(config, new AbortController().signal)
})
afterAll(async () => {
  await platform.stop()
  await folder[Symbol.asyncDispose]()
})

const meSchema = z.object({
  account: z.object({ account_id: z.string() }),
  plans: z.array(z.object({ plan_key: z.string(), subscription_id: z.string() })),
  quotas: z.array(z.object({ feature_key: z.string(), limit: z.number(), remaining: z.number() })),
})

async function send(path: string, as?: string, body?: object) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, headers: answer.headers, json: JSON.parse(await answer.text()) }
}

async function signUp(email: string): Promise<string> {
  const person = { tenant: 'acme', email, full_name: 'Jo', password: 'correct horse battery' }
  const { json } = await send('/auth/register', undefined, person)
  return z.object({ access_token: z.string() }).parse(json).access_token
}

/** The person, once the plan of newcomers is theirs. */
async function me(as: string) {
  return await waitFor(async () => {
    const told = meSchema.parse((await send('/users/me', as)).json)
    return told.plans.length > 0 && told.quotas.length > 0 ? told : undefined
  })
}

const widgets = (as: string, query = '') => send(`/widgets${query}`, as)

test('sign up, look at me, call until blocked, watch the countdown, move to pro', async () => {
  const as = await signUp('walker@example.com')
  const told = await me(as)
  expect(told).toMatchObject({
    plans: [{ plan_key: 'free' }],
    quotas: [{ feature_key: 'widgets', limit: 5, remaining: 5 }],
  })

  for (const left of ['4', '3', '2', '1', '0']) {
    const answer = await widgets(as)
    expect(answer.status).toBe(200)
    expect(answer.json.widgets.length).toBeGreaterThan(0)
    expect(answer.headers.get('x-ratelimit-limit')).toBe('5')
    expect(answer.headers.get('x-ratelimit-remaining')).toBe(left)
    expect(Number(answer.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0)
    expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"rate";r=${left};t=\\d+$`))
    expect(answer.headers.get('ratelimit-policy')).toBe('"rate";q=5;w=300')
  }

  const refused = await widgets(as)
  const seconds = Number(refused.headers.get('retry-after'))
  expect(refused.status).toBe(429)
  expect(refused.headers.get('content-type')).toContain('application/problem+json')
  expect(seconds).toBeGreaterThan(200)
  expect(seconds).toBeLessThanOrEqual(301)
  expect(refused.headers.get('ratelimit-policy')).toBe('"rate";q=5;w=300')
  expect(refused.json).toMatchObject({
    code: 'metering.limit_exceeded',
    detail: expect.stringContaining(`in ${seconds} s`),
  })
  const later = await waitFor(async () => {
    const left = Number((await widgets(as)).headers.get('retry-after'))
    return left < seconds ? left : undefined
  })
  expect(later).toBeLessThan(seconds)

  const [{ subscription_id } = { subscription_id: '' }] = told.plans
  const path = `/tenants/acme/subscriptions/${subscription_id}/change`
  const changed = await send(path, platform.demoKey, { plan_key: 'pro' })
  expect(changed.json).toMatchObject({ plan_key: 'pro' })
  const after = await widgets(as)
  expect(after.status).toBe(200)
  expect(after.headers.get('x-ratelimit-remaining')).toBe('994')

  const { account_id } = told.account
  const { json } = await send(`/tenants/acme/accounts/${account_id}/limits`, platform.demoKey)
  expect(json.limits).toMatchObject([{ limit_key: 'rate', limit: 1000, used: 6, percent: 0 }])
})

test('a key names the account; a person has their own', async () => {
  const as = await signUp('own@example.com')
  const { account } = await me(as)
  const key = platform.demoKey ?? ''
  const named = `?account_id=${account.account_id}`
  expect((await widgets(key, named)).headers.get('x-ratelimit-remaining')).toBe('4')
  expect((await widgets(as)).headers.get('x-ratelimit-remaining')).toBe('3')
  for (const answer of [await widgets(key), await widgets(as, named)]) {
    expect(answer.json).toMatchObject({ status: 400, errors: [{ field: 'account_id' }] })
  }
  expect((await send('/widgets')).status).toBe(401)
  expect((await widgets(key, '?account_id=nobody')).json).toMatchObject({
    status: 409,
    code: 'metering.feature_not_entitled',
  })
})

test('the command line lists who used up their limits', async () => {
  const as = await signUp('keen@example.com')
  const { account_id: accountId } = (await me(as)).account
  for (let call = 0; call < 5; call += 1) expect((await widgets(as)).status).toBe(200)
  const key = platform.demoKey ?? ''
  await waitFor(async () => {
    const { json } = await send(`/tenants/acme/usage/alerts?account_id=${accountId}`, key)
    return json.alerts.some(({ percent }: { percent: number }) => percent === 100) || undefined
  })

  const list = async (...options: string[]) => {
    const args = [main, 'usage', 'alerts', '--url', platform.url ?? '', ...options]
    await using child = spawnNode(args, { cwd: folder.path, env: { PURSER_API_KEY: key } })
    const { code } = await child.exited
    return { code, lines: child.output().trim().split('\n') }
  }
  const { code, lines } = await list('--account', accountId)
  expect(code).toBe(0)
  expect(lines[0]).toMatch(/^time \(UTC\) +account +limit +share +used +of +window ends$/)
  const shares = lines.slice(2).map((line) => line.split(/ {2,}/).slice(1, 6))
  expect(shares).toContainEqual([accountId, 'widgets rate', '100 %', '5', '5'])
  expect((await list('--limit', '1')).lines.at(-1)).toBe('... more: --limit 2')
})
