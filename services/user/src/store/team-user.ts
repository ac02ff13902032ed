import { statement, type Tx } from '@purser/postgres'
import { OWNER } from '../domain/role.ts'
import type { User } from '../domain/user.ts'
import { fromRowUser, USER_COLUMNS, type UserRow } from './tenant-user.ts'

const listUsersStatement = statement(
  'user.list_users',
  `select ${USER_COLUMNS}
   from tenant_user
   where tenant_id = $1
     and user_id > $2
   order by user_id
   limit $3::bigint`,
)

/** Up to `limit` people whose id comes after `afterId`, in order of their id. Takes no lock. */
export async function listUsers(
  tx: Tx,
  tenantId: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<User[]> {
  const rows = await tx.query<UserRow>(listUsersStatement, [tenantId, afterId, limit])
  return rows.map(fromRowUser)
}

const lockUserByEmailStatement = statement(
  'user.lock_user_by_email',
  `select ${USER_COLUMNS}
   from tenant_user
   where tenant_id = $1
     and email = $2
   for update`,
)

/** The person with this address in lower case, if there is one. Locks its row. */
export async function lockUserByEmail(
  tx: Tx,
  tenantId: string,
  email: string,
): Promise<User | undefined> {
  const [row] = await tx.query<UserRow>(lockUserByEmailStatement, [tenantId, email])
  return row && fromRowUser(row)
}

const lockOwnersAndUserStatement = statement(
  'user.lock_owners_and_user',
  `select ${USER_COLUMNS}
   from tenant_user
   where tenant_id = $1
     and (role_key = $2 or user_id = $3)
   order by user_id
   for update`,
)

/**
 * Every owner of the tenant, and the person with this id if there is one. Locks their rows in order
 * of their ids, so that two owners who remove each other wait instead of deadlocking, and the
 * second sees what the first left: a row that stopped being an owner's meanwhile is not answered.
 */
export async function lockOwnersAndUser(tx: Tx, tenantId: string, userId: string): Promise<User[]> {
  const rows = await tx.query<UserRow>(lockOwnersAndUserStatement, [tenantId, OWNER, userId])
  return rows.map(fromRowUser)
}

const updateInvitedUserStatement = statement(
  'user.update_invited_user',
  `update tenant_user
   set full_name = $3,
       role_key = $4,
       account_id = $5
   where tenant_id = $1
     and user_id = $2`,
)

/** Stores the name, the role and the account that an invitation tells. Expects its row locked. */
export async function updateInvitedUser(tx: Tx, tenantId: string, user: User): Promise<void> {
  const { userId, fullName, roleKey, accountId } = user
  await tx.execute(updateInvitedUserStatement, [tenantId, userId, fullName, roleKey, accountId])
}

const setUserRoleStatement = statement(
  'user.set_user_role',
  `update tenant_user
   set role_key = $3
   where tenant_id = $1
     and user_id = $2`,
)

/** Stores the person's role. Expects its row locked. */
export async function setUserRole(tx: Tx, tenantId: string, user: User): Promise<void> {
  await tx.execute(setUserRoleStatement, [tenantId, user.userId, user.roleKey])
}

const disableUserStatement = statement(
  'user.disable_user',
  `update tenant_user
   set status = 'disabled'
   where tenant_id = $1
     and user_id = $2`,
)

const revokeSessionsStatement = statement(
  'user.revoke_sessions_of_disabled_user',
  `update session
   set revoked_at = $3::timestamptz
   where tenant_id = $1
     and user_id = $2
     and revoked_at is null`,
)

/** Shuts a person out and ends every session. Expects its row locked; locks those of sessions. */
export async function disableUser(
  tx: Tx,
  tenantId: string,
  { userId, disabledAt }: { userId: string; disabledAt: Temporal.Instant },
): Promise<void> {
  await tx.execute(disableUserStatement, [tenantId, userId])
  await tx.execute(revokeSessionsStatement, [tenantId, userId, disabledAt])
}

const enableUserStatement = statement(
  'user.enable_user',
  `update tenant_user
   set status = case when password_hash is null then 'invited' else 'active' end
   where tenant_id = $1
     and user_id = $2
     and status = 'disabled'
     and erased_at is null
   returning ${USER_COLUMNS}`,
)

/**
 * Lets a disabled person in again: active with a password, invited without one. Undefined for any
 * other, erased people among them. Locks its row.
 */
export async function enableUser(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<User | undefined> {
  const [row] = await tx.query<UserRow>(enableUserStatement, [tenantId, userId])
  return row && fromRowUser(row)
}
