import { fileURLToPath } from 'node:url'
import { type NodeProcess, spawnNode } from '@purser/testing'
import { manifests } from '../../../src/manifests.ts'
import { CRASH_PLAN, type CrashPlan } from './crash-plan.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const ARM = new URL('./arm-checkout.ts', import.meta.url).href
const BOOT_TIMEOUT_MS = 60_000

/** A platform's database, and where it keeps its files. */
export type Home = { postgresUrl: string; dataDir: string }

/** A process as `npm start` starts it, with an armed order service when there is a plan. */
export type PlatformProcess = NodeProcess & {
  /** Waits until it serves; answers the base URL of its API, if it has one. Throws when it ends before. */
  ready(): Promise<string>
}

/** Starts a platform; `changes` are variables of its environment. Ports are free ones unless given. */
export function startPlatformProcess(
  { postgresUrl, dataDir }: Home,
  { changes = {}, plan }: { changes?: Record<string, string>; plan?: CrashPlan | undefined } = {},
): PlatformProcess {
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    POSTGRES_URL: postgresUrl,
    DATA_DIR: dataDir,
    PURSER_SECRET: 'the secret of the tests, of thirty-two bytes',
    HTTP_PORT: '0',
    SMTP_SINK_PORT: '0',
    SEED: 'false',
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
    ...changes,
    ...(plan && { [CRASH_PLAN]: JSON.stringify(plan) }),
  }
  const child = spawnNode([...(plan ? ['--import', ARM] : []), MAIN, 'start'], { env })
  return {
    ...child,
    ready: async () => {
      await child.waitForLine(/^Purser is ready/, { timeoutMs: BOOT_TIMEOUT_MS })
      return /^ {2}API +(\S+)$/m.exec(child.output())?.[1] ?? ''
    },
  }
}
