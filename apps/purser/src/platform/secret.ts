import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PurserError } from '@purser/kernel'
import type { PlatformConfig } from './config.ts'

/**
 * The platform's secret: PURSER_SECRET, or one that is made at first start and kept in the data folder. With your
 * own Postgres it must be set, since every process has to know the same one.
 * Throws `config.invalid` when it is missing there.
 */
export async function readSecret(config: PlatformConfig): Promise<string> {
  if (config.secret !== undefined) return config.secret
  if (config.postgresUrl !== undefined) {
    throw new PurserError(
      'config.invalid',
      'POSTGRES_URL is set but PURSER_SECRET is not: set it to at least 32 random characters, the same for every process.',
    )
  }
  return await readOrMakeSecret(config.dataDir)
}

async function readOrMakeSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(dataDir, { recursive: true })
  await writeFile(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  return await readOrMakeSecret(dataDir)
}
