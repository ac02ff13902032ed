import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { isPurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'

/** The tenant that a first start creates. */
export const DEMO_TENANT = 'acme'

const KEY_FILE = 'demo-key'

const acme = {
  tenant: DEMO_TENANT,
  legalName: 'Acme Cloud Ltd.',
  timeZone: 'UTC',
  taxNumber: 'EU372000041',
  address: {
    lines: ['12 Harbour Street'],
    city: 'Valletta',
    region: '',
    postalCode: 'VLT 1110',
    country: 'MT',
  },
}

/**
 * Makes sure that tenant `acme` and a demo API key exist; answers the key. The key is kept in the data folder,
 * readable by its owner alone, because it is told only once.
 */
export async function seed(user: Client<typeof UserService>, dataDir: string): Promise<string> {
  const options = asService('seed', DEMO_TENANT)
  try {
    await user.createTenant({ newTenant: acme }, options)
  } catch (error) {
    if (!isPurserError(error) || error.code !== 'tenant.already_exists') throw error
  }
  const known = await readDemoKey(dataDir)
  if (known !== undefined) return known
  const { secret } = await user.createApiKey(
    { tenant: DEMO_TENANT, name: 'demo', permissions: ['*'] },
    options,
  )
  await mkdir(dataDir, { recursive: true })
  await writeFile(join(dataDir, KEY_FILE), `${secret}\n`, { mode: 0o600 })
  return secret
}

/** The demo key of a data folder, if there is one. */
export async function readDemoKey(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, KEY_FILE), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
