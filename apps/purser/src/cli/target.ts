import { PurserError } from '@purser/kernel'
import { loadPlatformConfig } from '../platform/config.ts'
import { DEMO_TENANT, readDemoKey } from '../platform/seed.ts'
import { ApiClient } from './api-client.ts'

/** Options that every command which calls the API takes. */
export type TargetOptions = { tenant?: string; url?: string }

/**
 * The API that a command calls: PURSER_URL or the port of this folder's configuration, with PURSER_API_KEY or the
 * demo key. Throws `config.invalid` without a key.
 */
export async function connectToApi(options: TargetOptions): Promise<ApiClient> {
  const { config } = loadPlatformConfig()
  const url = options.url ?? process.env['PURSER_URL'] ?? `http://localhost:${config.httpPort}`
  const apiKey = process.env['PURSER_API_KEY'] ?? (await readDemoKey(config.dataDir))
  if (apiKey === undefined) {
    throw new PurserError(
      'config.invalid',
      'there is no API key: set PURSER_API_KEY, or run "npm start" in this folder once, which makes a demo key.',
    )
  }
  return new ApiClient({ url, apiKey, tenant: options.tenant ?? DEMO_TENANT })
}
