import { type Client, createClient } from '@connectrpc/connect'
import { UserService } from '@purser/contracts/user/v1/user'
import { isPurserError, PurserError } from '@purser/kernel'
import { asService, createPrincipalCodec, createRemoteTransport } from '@purser/rpc'
import { processSignal } from '@purser/runtime'
import { serviceNames } from '../manifests.ts'
import { loadPlatformConfig, type PlatformConfig } from '../platform/config.ts'
import { startPlatform } from '../platform/platform.ts'
import { readSecret } from '../platform/secret.ts'

/** Calls of who holds the platform's secret: options of a call for a tenant. */
export const asOperator = (tenant: string) => asService('operator', tenant)

const TIMEOUT_MS = 30_000

/**
 * Calls the user service in the platform's own name, past the public API, which knows no caller above tenants: at
 * USER_URL, or at the port of this folder's configuration; when nothing answers there, starts the services for
 * as long as it takes. Throws `platform.unavailable` and `auth.invalid_credentials` with what to do.
 */
export async function withUserService<T>(
  work: (user: Client<typeof UserService>) => Promise<T>,
): Promise<T> {
  const { config } = loadPlatformConfig()
  const told = config.ofService('user', 'URL')
  const baseUrl = told ?? `http://localhost:${config.grpcPortOf('user')}`
  const principals = createPrincipalCodec({ key: await readSecret(config) })
  const transport = createRemoteTransport({ baseUrl, principals, defaultTimeoutMs: TIMEOUT_MS })
  try {
    const user = createClient(UserService, transport)
    const isUp = config.grpcPortOf('user') !== 0 || told !== undefined
    if (isUp && (await answers(user, baseUrl))) return await work(user)
  } finally {
    transport.close()
  }
  if (told === undefined) return await withOwnServices(config, work)
  throw new PurserError('platform.unavailable', `nothing answers at ${baseUrl} (USER_URL)`)
}

async function answers(user: Client<typeof UserService>, baseUrl: string): Promise<boolean> {
  try {
    await user.listSigningKeys({}, asOperator('*'))
    return true
  } catch (error) {
    if (!isPurserError(error)) throw error
    if (error.code === 'platform.unavailable') return false
    if (error.code !== 'auth.invalid_credentials') throw error
    const advice = `what answers at ${baseUrl} has another secret: set PURSER_SECRET, or DATA_DIR, to its own`
    throw new PurserError('auth.invalid_credentials', advice, { cause: error })
  }
}

/** All services, since each may call others, and no gateway. */
async function withOwnServices<T>(
  config: PlatformConfig,
  work: (user: Client<typeof UserService>) => Promise<T>,
): Promise<T> {
  console.log('No platform answers; starting its services for this command ...')
  const services = serviceNames.join(',')
  const quiet = { ...config, services, seed: false, logLevel: 'warn' as const }
  const platform = await startPlatform(quiet, processSignal())
  try {
    return await work(platform.client(UserService))
  } finally {
    await platform.stop()
  }
}
