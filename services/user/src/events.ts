import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Account } from './domain/account.ts'
import type { ApiKey } from './domain/api-key.ts'
import type { Role } from './domain/role.ts'
import type { Tenant } from './domain/tenant.ts'
import type { User } from './domain/user.ts'

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

/** `api_key.rotated`: `{ api_key_id, former_secret_expire_time }`, the time as RFC 3339 text. */
export async function publishApiKeyRotated(
  tx: Tx,
  tenantId: string,
  rotation: { apiKeyId: string; rotatedAt: Temporal.Instant; formerExpiresAt: Temporal.Instant },
): Promise<void> {
  const { apiKeyId, rotatedAt, formerExpiresAt } = rotation
  const payload = {
    api_key_id: apiKeyId,
    former_secret_expire_time: formerExpiresAt.toString(),
  }
  await publish(tx, [{ tenantId, subject: 'api_key.rotated', occurredAt: rotatedAt, payload }])
}

/** `role.created`: `{ role_key, permissions }`. */
export async function publishRoleCreated(
  tx: Tx,
  tenantId: string,
  role: Role,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { role_key: role.roleKey, permissions: [...role.permissions] }
  await publish(tx, [{ tenantId, subject: 'role.created', occurredAt, payload }])
}

/** `role.deleted`: `{ role_key }`. */
export async function publishRoleDeleted(
  tx: Tx,
  tenantId: string,
  roleKey: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { role_key: roleKey }
  await publish(tx, [{ tenantId, subject: 'role.deleted', occurredAt, payload }])
}

/** `user.invited`: `{ user_id, role }`, also when the person is invited anew. */
export async function publishUserInvited(
  tx: Tx,
  tenantId: string,
  user: User,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: user.userId, role: user.roleKey }
  await publish(tx, [{ tenantId, subject: 'user.invited', occurredAt, payload }])
}

/** `user.role_changed`: `{ user_id, role, former_role }`. */
export async function publishUserRoleChanged(
  tx: Tx,
  tenantId: string,
  change: { user: User; formerRoleKey: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const { user, formerRoleKey, occurredAt } = change
  const payload = { user_id: user.userId, role: user.roleKey, former_role: formerRoleKey }
  await publish(tx, [{ tenantId, subject: 'user.role_changed', occurredAt, payload }])
}

/** `user.disabled`: `{ user_id }`. */
export async function publishUserDisabled(
  tx: Tx,
  tenantId: string,
  userId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: userId }
  await publish(tx, [{ tenantId, subject: 'user.disabled', occurredAt, payload }])
}

/** `user.enabled`: `{ user_id }`. */
export async function publishUserEnabled(
  tx: Tx,
  tenantId: string,
  userId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: userId }
  await publish(tx, [{ tenantId, subject: 'user.enabled', occurredAt, payload }])
}

/** `user.registered`: `{ user_id, account_id }`. */
export async function publishUserRegistered(tx: Tx, tenantId: string, user: User): Promise<void> {
  const payload = { user_id: user.userId, account_id: user.accountId ?? '' }
  await publish(tx, [{ tenantId, subject: 'user.registered', occurredAt: user.createdAt, payload }])
}

/** `user.activated`: `{ user_id }`, when an invitation is taken up. */
export async function publishUserActivated(
  tx: Tx,
  tenantId: string,
  userId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: userId }
  await publish(tx, [{ tenantId, subject: 'user.activated', occurredAt, payload }])
}

/** `user.password_changed`: `{ user_id }`. */
export async function publishUserPasswordChanged(
  tx: Tx,
  tenantId: string,
  userId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: userId }
  await publish(tx, [{ tenantId, subject: 'user.password_changed', occurredAt, payload }])
}

/** `session.reuse_detected`: `{ user_id, session_id }`: a refresh token was used twice. */
export async function publishSessionReuseDetected(
  tx: Tx,
  tenantId: string,
  reuse: { userId: string; sessionId: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const { userId, sessionId, occurredAt } = reuse
  const payload = { user_id: userId, session_id: sessionId }
  await publish(tx, [{ tenantId, subject: 'session.reuse_detected', occurredAt, payload }])
}
