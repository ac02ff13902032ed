import { statement, type Tx } from '@purser/postgres'

/** That a key was presented. */
export type ApiKeyUse = { tenantId: string; apiKeyId: string; usedAt: Temporal.Instant }

const recordUsesStatement = statement(
  'user.record_api_key_uses',
  `with used as (
     select key.tenant_id, key.api_key_id, use.used_at
     from unnest($1::text[], $2::text[], $3::timestamptz[]) as use (tenant_id, api_key_id, used_at)
     join api_key as key using (tenant_id, api_key_id)
     where key.last_used_at is null
        or key.last_used_at <= use.used_at - interval '1 minute'
     for no key update of key skip locked
   )
   update api_key
   set last_used_at = used.used_at
   from used
   where api_key.tenant_id = used.tenant_id
     and api_key.api_key_id = used.api_key_id`,
)

/**
 * Notes when these keys were used last, each at most once a minute, in one statement: for system
 * transactions. Skips rows that somebody holds, rather than wait for one of many: they are used again.
 */
export async function recordUses(tx: Tx, uses: readonly ApiKeyUse[]): Promise<void> {
  await tx.execute(recordUsesStatement, [
    uses.map(({ tenantId }) => tenantId),
    uses.map(({ apiKeyId }) => apiKeyId),
    uses.map(({ usedAt }) => usedAt),
  ])
}
