import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asAdmin, startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { spawnNode, temporaryFolder } from '@purser/testing'

/** What the benchmark runs on: an embedded Postgres of its own and the platform in a process of its own. */
export type Bed = {
  url: string
  apiKey: string
  adminUrl: string
  /** Runs statements as the owner of the server. */
  sql(text: string): Promise<Record<string, unknown>[]>
  /** Processes of the platform and of its Postgres server. */
  pids(): { node: number; postmaster: number }
  /** Greatest resident memory of the platform's process so far, in bytes; undefined where Linux does not tell. */
  peakBytes(): number | undefined
  stop(): Promise<void>
}

const READY = /Purser is ready/
const START_TIMEOUT_MS = 60_000

/** Starts everything in a temporary folder on free ports. */
export async function startBed(): Promise<Bed> {
  const folder = await temporaryFolder()
  const server = await startEmbeddedPostgres({
    dataDir: join(folder.path, 'postgres'),
    log: silentLogger,
  })
  const command = join(import.meta.dirname, '../../apps/purser/bin/purser.mjs')
  const platform = spawnNode([command, 'start'], {
    cwd: folder.path,
    env: environment(folder.path, server.adminUrl),
  })
  await platform.waitForLine(READY, { timeoutMs: START_TIMEOUT_MS })
  await platform.waitForLine(/Ctrl-C/, { timeoutMs: START_TIMEOUT_MS })
  return {
    url: found(platform.output(), /API +(http:\/\/\S+?)\/api/),
    apiKey: found(platform.output(), /API key +(\S+)/),
    adminUrl: server.adminUrl,
    sql: (text) =>
      asAdmin(server.adminUrl, async (client) => (await client.query(text)).rows ?? []),
    pids: () => ({ node: childOf(platform.pid), postmaster: server.pid }),
    peakBytes: () => peakOf(childOf(platform.pid)),
    stop: async () => {
      await platform.kill('SIGTERM')
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

function environment(folder: string, adminUrl: string): Record<string, string> {
  const names =
    'USER NOTIFICATION METERING SUBSCRIPTION INVOICING BILLING CATALOG SHIPPING PAYMENT CART ORDER'
  const ports = Object.fromEntries(names.split(' ').map((name) => [`${name}_GRPC_PORT`, '0']))
  return {
    ...ports,
    HTTP_PORT: '0',
    DATA_DIR: folder,
    POSTGRES_URL: adminUrl,
    PURSER_SECRET: randomBytes(32).toString('hex'),
    LOG_LEVEL: 'warn',
    // The benchmark measures work, not waiting.
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_BULK_PER_MINUTE: '0',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
    RATE_LIMIT_USAGE_PER_MINUTE: '0',
  }
}

function found(output: string, pattern: RegExp): string {
  const value = pattern.exec(output)?.[1]
  if (value === undefined) throw new Error(`the platform did not print ${pattern}`)
  return value
}

/** The command starts the platform as its only child. Linux alone tells. */
function childOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  } catch {
    return pid
  }
}

function peakOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    return undefined
  }
}
