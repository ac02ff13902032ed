import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { readOpaqueToken } from '../../domain/opaque-token.ts'
import type { User } from '../../domain/user.ts'
import { publishMemberAdded } from '../../member-events.ts'
import { takeAccountInvitation } from '../../store/account-invitation.ts'
import { insertMember, lockAccount } from '../../store/member.ts'
import { invalidCredentials } from '../invalid-credentials.ts'

/**
 * Uses up an invitation into an account that was made for the person's own e-mail address, and
 * answers the account. The person's row is locked, or inserted by this transaction. Throws
 * `auth.invalid_credentials` for an invitation that is unknown, used, replaced, expired or
 * somebody else's.
 */
export async function takeUpInvitation(
  tx: Tx,
  tenantId: string,
  { invitation, user, now }: { invitation: string; user: User; now: Temporal.Instant },
): Promise<string> {
  const token = readOpaqueToken('inv', invitation)
  if (token === undefined || token.tenantId !== tenantId) throw invalidCredentials()
  const { secretHash } = token
  const { userId, email } = user
  const taken = await takeAccountInvitation(tx, tenantId, { secretHash, email, now })
  if (taken === undefined) throw invalidCredentials()
  const { accountId, role } = taken
  assert(await lockAccount(tx, tenantId, accountId), 'accounts are never removed')
  const given = await insertMember(tx, tenantId, { accountId, userId, role, createdAt: now })
  if (given !== undefined) {
    await publishMemberAdded(tx, tenantId, { accountId, userId, role: given, occurredAt: now })
  }
  return accountId
}
