import { freePorts, spawnNode, waitFor } from '@purser/testing'
import { NextRequest } from 'next/server.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type PlatformBed, startPlatformProcess } from '../../sdk/typescript/test/platform-bed.ts'

const signedUp = z.object({ access_token: z.string() })
const me = z.object({
  account: z.object({ account_id: z.string() }),
  quotas: z.array(z.object({ feature_key: z.string() })),
})

let bed: PlatformBed
beforeAll(async () => {
  bed = await startPlatformProcess()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await bed.stop()
})

/** The walk-through's first steps: sign up and look at me. */
async function signUp(name: string): Promise<string> {
  const { baseUrl } = bed.connection
  const person = { email: `${name}@example.com`, full_name: name, password: 'correct horse battery' }
  const registered = await fetch(`${baseUrl}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant: 'acme', ...person }),
  })
  const { access_token: token } = signedUp.parse(await registered.json())
  const headers = { authorization: `Bearer ${token}` }
  // The plan of newcomers follows the sign-up within a moment.
  return await waitFor(async () => {
    const answer = await fetch(`${baseUrl}/api/v1/users/me`, { headers })
    const { account, quotas } = me.parse(await answer.json())
    return quotas.some((quota) => quota.feature_key === 'widgets') ? account.account_id : undefined
  })
}

function environment(): Record<string, string> {
  const { baseUrl, apiKey } = bed.connection
  return { PURSER_URL: baseUrl, PURSER_API_KEY: apiKey }
}

function fileOf(name: string): string {
  return new URL(`${name}.ts`, import.meta.url).pathname
}

test.each(['express', 'fastify', 'hono', 'leases'])(
  '%s: calls until blocked, and watches the countdown',
  async (name) => {
    const account = await signUp(name)
    const [port] = await freePorts(1)
    const env = { ...environment(), PORT: String(port) }
    await using server = spawnNode([fileOf(name)], { env })
    await server.waitForLine(new RegExp(`^${name} is ready$`))
    const url = `http://localhost:${port}/widgets`
    await using watch = spawnNode([fileOf('watch-countdown'), account, url, '2'])
    await watch.exited
    const lines = watch.output().trim().split('\n')
    expect(lines.slice(0, 5)).toEqual([4, 3, 2, 1, 0].map((left) => `200  left ${left}`))
    const waits = lines.slice(5).map((line) => /^429 {2}Limit reached, again in (\d+) s$/.exec(line)?.[1])
    expect(waits).toHaveLength(2)
    expect(Number(waits[1])).toBeLessThan(Number(waits[0]))
    await server.kill()
    await expect.poll(() => bed.recorded(account, 'widgets')).toBe(5)
  },
)

test('next: the route handler', async () => {
  const account = await signUp('next')
  for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value)
  const { GET } = await import('./next/app/widgets/route.ts')
  const call = () =>
    GET(new NextRequest('http://localhost/widgets', { headers: { 'x-account': account } }), undefined)
  for (const left of ['4', '3', '2', '1', '0']) {
    const answer = await call()
    expect([answer.status, answer.headers.get('x-ratelimit-remaining')]).toEqual([200, left])
  }
  expect((await call()).status).toBe(429)
  expect(await bed.recorded(account, 'widgets')).toBe(5)
})
