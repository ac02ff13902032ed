import { statement, type Tx } from '@purser/postgres'

/** What holds for a tenant's whole catalog. */
export type Settings = { defaultCurrency: string; updatedAt: Temporal.Instant }

const findStatement = statement(
  'catalog.find_settings',
  `select default_currency, updated_at
   from settings
   where tenant_id = $1`,
)

/** The settings, if they were ever said. */
export async function findSettings(tx: Tx, tenantId: string): Promise<Settings | undefined> {
  const [row] = await tx.query<{ default_currency: string; updated_at: Temporal.Instant }>(
    findStatement,
    [tenantId],
  )
  return row && { defaultCurrency: row.default_currency, updatedAt: row.updated_at }
}

const putStatement = statement(
  'catalog.put_settings',
  `insert into settings (tenant_id, default_currency, updated_at)
   values ($1, $2, $3::timestamptz)
   on conflict (tenant_id) do update
   set default_currency = excluded.default_currency, updated_at = excluded.updated_at`,
)

/** Says the settings. */
export async function putSettings(tx: Tx, tenantId: string, settings: Settings): Promise<void> {
  await tx.execute(putStatement, [tenantId, settings.defaultCurrency, settings.updatedAt])
}
