import { freePorts, spawnNode, type TemporaryFolder, temporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../src/manifests.ts'

const main = new URL('../src/main.ts', import.meta.url).pathname

let folder: TemporaryFolder
let env: Record<string, string>

beforeAll(async () => {
  folder = await temporaryFolder()
  const [userPort] = await freePorts(1)
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  env = {
    ...Object.fromEntries(ports),
    USER_GRPC_PORT: String(userPort),
    HTTP_PORT: '0',
    DATA_DIR: folder.path,
    SEED: 'false',
    LOG_LEVEL: 'error',
  }
})
afterAll(() => folder[Symbol.asyncDispose]())

const globex = [
  'globex',
  '--name',
  'Globex Inc.',
  '--time-zone',
  'Europe/Warsaw',
  '--owner-email',
  'Jo@Globex.example',
]

async function createTenant(
  args: readonly string[] = globex,
  changes: Record<string, string> = {},
) {
  const options = { cwd: folder.path, env: { ...env, ...changes } }
  await using child = spawnNode([main, 'tenant', 'create', ...args], options)
  const { code } = await child.exited
  const output = child.output()
  return {
    code,
    output,
    key: /pk_\S+/.exec(output)?.[0] ?? '',
    invitation: /inv_\S+/.exec(output)?.[0] ?? '',
  }
}

test('a tenant is created on a fresh installation, and what is told once works', async () => {
  const first = await createTenant()
  expect(first.output).toContain('Tenant   globex is created')
  expect(first.code).toBe(0)
  expect(first.key).not.toBe('')

  await using platform = spawnNode([main, 'start'], { cwd: folder.path, env })
  const api = (await platform.waitForLine(/API +(\S+)/, { timeoutMs: 60_000 }))[1] ?? ''
  const post = (path: string, body: object) =>
    fetch(api + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const statusWith = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    return (await fetch(`${api}/tenants/globex`, { headers })).status
  }
  expect(await statusWith(first.key)).toBe(200)

  const again = await createTenant()
  expect(again.output).toContain('Tenant   globex was there before')
  expect(again.code).toBe(0)
  expect(again.key).toBe('')
  const password = 'correct horse battery'
  const former = await post('/auth/accept-invitation', { invitation: first.invitation, password })
  expect(former.status).toBe(401)
  const taken = await post('/auth/accept-invitation', { invitation: again.invitation, password })
  expect(taken.status).toBe(200)
  expect(await taken.json()).toMatchObject({ user: { email: 'jo@globex.example', role: 'owner' } })

  const rotated = await createTenant([...globex, '--rotate-key'])
  expect(rotated.output).toContain('is a user of globex already')
  expect(rotated.invitation).toBe('')
  expect(await statusWith(rotated.key)).toBe(200)

  const second = { tenant: 'globex', email: 'al@globex.example', full_name: 'Al', password }
  expect((await post('/auth/register', second)).status).toBe(200)
  const squatted = await createTenant([...globex.slice(0, -1), 'Al@Globex.example'])
  expect(squatted.output).toContain('by mail alone')
  expect(squatted.invitation).toBe('')
  expect(squatted.code).toBe(0)

  const stranger = await createTenant(globex, { PURSER_SECRET: 'x'.repeat(40) })
  expect(stranger.output).toContain('has another secret')
  expect(stranger.code).toBe(1)
  const wrong = await createTenant(['Not A Slug', ...globex.slice(1)])
  expect(wrong.output).toContain('tenant')
  expect(wrong.code).toBe(1)
  expect(wrong.output).not.toContain(' at ')
})
