import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Account } from './domain/account.ts'
import type { ApiKey } from './domain/api-key.ts'
import type { Tenant } from './domain/tenant.ts'

/** `tenant.created`: `{ tenant, time_zone }`. */
export async function publishTenantCreated(tx: Tx, tenant: Tenant): Promise<void> {
  const payload = { tenant: tenant.tenantId, time_zone: tenant.timeZone }
  await publish(tx, [
    { tenantId: tenant.tenantId, subject: 'tenant.created', occurredAt: tenant.createdAt, payload },
  ])
}

/** `account.created`: `{ account_id, kind }`, kind being `person` or `organization`. */
export async function publishAccountCreated(
  tx: Tx,
  tenantId: string,
  account: Account,
): Promise<void> {
  const payload = { account_id: account.accountId, kind: account.kind }
  await publish(tx, [
    { tenantId, subject: 'account.created', occurredAt: account.createdAt, payload },
  ])
}

/** `api_key.created`: `{ api_key_id, permissions }`. */
export async function publishApiKeyCreated(tx: Tx, tenantId: string, key: ApiKey): Promise<void> {
  const payload = { api_key_id: key.apiKeyId, permissions: [...key.permissions] }
  await publish(tx, [{ tenantId, subject: 'api_key.created', occurredAt: key.createdAt, payload }])
}

/** `api_key.revoked`: `{ api_key_id }`. */
export async function publishApiKeyRevoked(
  tx: Tx,
  tenantId: string,
  revoked: { apiKeyId: string; revokedAt: Temporal.Instant },
): Promise<void> {
  const payload = { api_key_id: revoked.apiKeyId }
  await publish(tx, [
    { tenantId, subject: 'api_key.revoked', occurredAt: revoked.revokedAt, payload },
  ])
}
