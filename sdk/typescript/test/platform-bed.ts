import { Purser } from '@purser/sdk'
import { freePorts, spawnNode, temporaryFolder, waitFor } from '@purser/testing'
import { z } from 'zod'

const MAIN = new URL('../../../apps/purser/src/main.ts', import.meta.url).pathname
const START_MS = 120_000
const SERVICE_PORT = /^([A-Z]+)_GRPC_PORT\b/gm

/** A limit of a feature, as a plan declares it. */
export type Limit = {
  limit_key: string
  quantity: number
  window?: string
  window_seconds?: number
}

const queried = z.object({ rows: z.array(z.object({ value: z.string() })) })

/**
 * The whole platform in a process of its own, with its embedded Postgres, driven as a customer drives it: over its
 * public API with the demo key of tenant `acme`. `changes` are variables of its environment.
 */
export async function startPlatformProcess(changes: Record<string, string> = {}) {
  const folder = await temporaryFolder()
  const [port] = await freePorts(1)
  const env = {
    ...(await anyServicePorts(folder.path)),
    HTTP_PORT: String(port),
    SMTP_SINK_PORT: '0',
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_BULK_PER_MINUTE: '0',
    ...changes,
  }
  let child = spawnNode([MAIN, 'start'], { cwd: folder.path, env })
  await child.waitForLine(/Purser is ready/, { timeoutMs: START_MS })
  const [, apiKey = ''] = await child.waitForLine(/API key +(\S+)/)
  const connection = { baseUrl: `http://localhost:${port}`, apiKey, tenant: 'acme' }

  /** Calls the API below the tenant; a refusal is thrown with its text. */
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${connection.baseUrl}/api/v1/tenants/acme${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
  const createMeter = (featureKey: string) =>
    send('POST', '/meters', {
      meter_key: featureKey,
      name: featureKey,
      event_type: featureKey,
      aggregation: 'sum',
    })
  /** An account whose plan entitles to one feature with a meter of its own. */
  const entitle = async (account: string, feature: string, limits: Limit[], more: object = {}) => {
    await createMeter(feature)
    const entitlements = [{ feature_key: feature, meter_key: feature, limits, ...more }]
    const terms = { name: feature, currency: 'USD', entitlements }
    await send('POST', '/plans', { plan_key: feature, terms })
    await subscribe(account, feature)
    const { usage } = new Purser(connection)
    await waitFor(async () => {
      const asked = { account_ids: [account], features: [{ feature_key: feature }] }
      const { accounts } = await usage.check(asked)
      return accounts[0]?.features[0]?.allowed
    })
  }
  const subscribe = async (account: string, plan: string) => {
    await send('POST', '/accounts', { account_id: account, name: account })
    await send('POST', '/subscriptions', { account_id: account, plan_key: plan })
  }
  /** Units that are recorded, which is what will be billed. */
  const recorded = async (account: string, meter: string): Promise<number> => {
    const day = 86_400_000
    const query = new URLSearchParams({
      meter_key: meter,
      account_id: account,
      start_time: new Date(Date.now() - day).toISOString(),
      end_time: new Date(Date.now() + day).toISOString(),
    })
    const { rows } = queried.parse(await send('GET', `/usage?${query}`))
    return rows.reduce((sum, { value }) => sum + Number(value), 0)
  }
  return {
    connection,
    /** Process id of the server as it runs now. */
    pid: () => child.pid,
    send,
    subscribe,
    entitle,
    recorded,
    /** Kills the platform as a power cut would. */
    kill: () => child.kill('SIGKILL'),
    /** Starts it again on the same data and port. */
    restart: async () => {
      child = spawnNode([MAIN, 'start'], { cwd: folder.path, env })
      await child.waitForLine(/Purser is ready/, { timeoutMs: START_MS })
    },
    stop: async () => {
      await child.kill('SIGTERM')
      await folder[Symbol.asyncDispose]()
    },
  }
}

export type PlatformBed = Awaited<ReturnType<typeof startPlatformProcess>>

/** Every service takes a free port of its own: two platforms at once would want the same ones. */
async function anyServicePorts(cwd: string): Promise<Record<string, string>> {
  await using child = spawnNode([MAIN, 'config'], { cwd })
  await child.exited
  const names = [...child.output().matchAll(SERVICE_PORT)].map(([, service]) => service)
  if (names.length === 0) throw new Error(`no service ports in:\n${child.output()}`)
  return Object.fromEntries(names.map((service) => [`${service}_GRPC_PORT`, '0']))
}
