import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { MemberRole } from './domain/member.ts'

type MemberFact = {
  accountId: string
  userId: string
  role: MemberRole
  occurredAt: Temporal.Instant
}

/** `member.invited`: `{ account_id, role }`; whom is told to nobody but the invited. */
export async function publishMemberInvited(
  tx: Tx,
  tenantId: string,
  { accountId, role, occurredAt }: Omit<MemberFact, 'userId'>,
): Promise<void> {
  const payload = { account_id: accountId, role }
  await publish(tx, [{ tenantId, subject: 'member.invited', occurredAt, payload }])
}

/** `member.added`: `{ account_id, user_id, role }`, role being `admin` or `member` as asked for. */
export async function publishMemberAdded(
  tx: Tx,
  tenantId: string,
  { accountId, userId, role, occurredAt }: MemberFact,
): Promise<void> {
  const payload = { account_id: accountId, user_id: userId, role }
  await publish(tx, [{ tenantId, subject: 'member.added', occurredAt, payload }])
}

/** `member.role_changed`: `{ account_id, user_id, role }`. */
export async function publishMemberRoleChanged(
  tx: Tx,
  tenantId: string,
  { accountId, userId, role, occurredAt }: MemberFact,
): Promise<void> {
  const payload = { account_id: accountId, user_id: userId, role }
  await publish(tx, [{ tenantId, subject: 'member.role_changed', occurredAt, payload }])
}

/** `member.removed`: `{ account_id, user_id }`. */
export async function publishMemberRemoved(
  tx: Tx,
  tenantId: string,
  { accountId, userId, occurredAt }: Omit<MemberFact, 'role'>,
): Promise<void> {
  const payload = { account_id: accountId, user_id: userId }
  await publish(tx, [{ tenantId, subject: 'member.removed', occurredAt, payload }])
}
