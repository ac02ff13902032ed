import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { User } from './domain/user.ts'

/** `user.provisioned`: `{ user_id, role }`, when an identity provider makes or takes up a person. */
export async function publishUserProvisioned(
  tx: Tx,
  tenantId: string,
  user: Pick<User, 'userId' | 'roleKey'>,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: user.userId, role: user.roleKey }
  await publish(tx, [{ tenantId, subject: 'user.provisioned', occurredAt, payload }])
}

/** `user.deprovisioned`: `{ user_id }`, when an identity provider removes a person. */
export async function publishUserDeprovisioned(
  tx: Tx,
  tenantId: string,
  userId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { user_id: userId }
  await publish(tx, [{ tenantId, subject: 'user.deprovisioned', occurredAt, payload }])
}

/** `user.role_changed` for several people: `{ user_id, role, former_role }`. */
export async function publishUserRolesChanged(
  tx: Tx,
  tenantId: string,
  changes: readonly { userId: string; roleKey: string; formerRoleKey: string }[],
  occurredAt: Temporal.Instant,
): Promise<void> {
  const events = changes.map(({ userId, roleKey, formerRoleKey }) => ({
    tenantId,
    subject: 'user.role_changed',
    occurredAt,
    payload: { user_id: userId, role: roleKey, former_role: formerRoleKey },
  }))
  await publish(tx, events)
}

/** `group.role_set`: `{ group_id, role, former_role }`, empty for none. */
export async function publishGroupRoleSet(
  tx: Tx,
  tenantId: string,
  change: { groupId: string; roleKey: string; formerRoleKey: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const { groupId, roleKey, formerRoleKey, occurredAt } = change
  const payload = { group_id: groupId, role: roleKey, former_role: formerRoleKey }
  await publish(tx, [{ tenantId, subject: 'group.role_set', occurredAt, payload }])
}

/** `sso_connection.set`: `{ issuer, enforced }`. */
export async function publishSsoConnectionSet(
  tx: Tx,
  tenantId: string,
  {
    issuer,
    isEnforced,
    updatedAt,
  }: { issuer: string; isEnforced: boolean; updatedAt: Temporal.Instant },
): Promise<void> {
  const payload = { issuer, enforced: isEnforced }
  await publish(tx, [{ tenantId, subject: 'sso_connection.set', occurredAt: updatedAt, payload }])
}

/** `sso_connection.deleted`: `{}`. */
export async function publishSsoConnectionDeleted(
  tx: Tx,
  tenantId: string,
  occurredAt: Temporal.Instant,
): Promise<void> {
  await publish(tx, [{ tenantId, subject: 'sso_connection.deleted', occurredAt, payload: {} }])
}
