import { PurserError } from '@purser/kernel'
import type { Database } from './database.ts'
import { statement } from './statement.ts'

const durabilitySettings = statement(
  'postgres.durability_settings',
  `
  select name, setting
  from pg_settings
  where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
  order by name`,
)

/**
 * Throws `platform.internal` unless the server, for this role and database, keeps what it
 * acknowledged when the power fails: `fsync`, `full_page_writes` and `synchronous_commit` must not
 * be off.
 */
export async function assertDurable(db: Database): Promise<void> {
  const off = await db.system((tx) =>
    tx.query<{ name: string; setting: string }>(durabilitySettings),
  )
  if (off.length === 0) return
  const names = off.map(({ name }) => name).join(', ')
  throw new PurserError(
    'platform.internal',
    `Postgres would lose acknowledged writes in a crash: ${names} must not be off.`,
  )
}
