import { processSignal } from '@purser/runtime'
import { loadPlatformConfig } from '../platform/config.ts'
import { startPlatform } from '../platform/platform.ts'
import type { TargetOptions } from '../cli/target.ts'

/** The platform that the demo talks to. */
export type DemoPlatform = {
  /** Where it is; undefined leaves that to the command's own look-up. */
  url: string | undefined
  /** Stops it when the demo started it. */
  stop(): Promise<void>
}

const HEALTH_TIMEOUT_MS = 1_000

/** Uses the platform that runs, or starts one for as long as the demo takes. */
export async function ensurePlatform(options: TargetOptions): Promise<DemoPlatform> {
  const { config } = loadPlatformConfig()
  const url = options.url ?? process.env['PURSER_URL'] ?? `http://localhost:${config.httpPort}`
  if (await answers(url)) return { url, stop: async () => {} }
  console.log('No platform answers; starting one for the demo ...')
  const platform = await startPlatform({ ...config, logLevel: 'warn' }, processSignal())
  return { url: platform.url, stop: platform.stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health/live', url), {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    })
    return response.ok
  } catch {
    return false
  }
}
