import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { DEFAULT_STAFF_ROLE, isDecidedByGroups } from '../../domain/group-role.ts'
import { checkOwnerStays } from '../../domain/last-owner.ts'
import type { User } from '../../domain/user.ts'
import { publishUserEnabled } from '../../events.ts'
import type { ProvisionedUser } from '../../domain/provisioned-user.ts'
import type { UserValues } from '../../provisioning/user-values.ts'
import { listMappedRoles } from '../../store/provisioned-member.ts'
import { putProvisionedUser, updatePerson } from '../../store/provisioned-user.ts'
import { revokeKeysMadeBy, shutOutPerson } from '../shut-out-person.ts'

/** Whose values change: a person whose row is locked, among owners locked with it. */
export type LockedPerson = { people: readonly User[]; user: User; now: Temporal.Instant }

/**
 * Stores what the provider tells of a person and does what follows: who is not active any more
 * loses sessions and keys at once, who is active again may sign in. Throws `user.last_owner`, and
 * `auth.permission_denied` for the address of somebody about whom no group decides: whoever has the
 * address can sign in.
 */
export async function storeValues(
  tx: Tx,
  tenantId: string,
  { people, user, now }: LockedPerson,
  values: UserValues,
): Promise<ProvisionedUser> {
  const { email, fullName, isActive, externalId, attributes } = values
  if (email !== user.email) await checkMayDecide(tx, tenantId, user)
  const isLeaving = !isActive && user.status !== 'disabled'
  if (isLeaving) await leave(tx, tenantId, { people, user, now })
  const status = statusOf(user, isActive)
  const stored = { ...user, email, fullName, status }
  await updatePerson(tx, tenantId, stored)
  if (isActive && user.status === 'disabled') {
    await publishUserEnabled(tx, tenantId, user.userId, now)
  }
  const provisioned = { user: stored, externalId, attributes, updatedAt: now }
  await putProvisionedUser(tx, tenantId, provisioned)
  return provisioned
}

/** Ends what a person who is not disabled yet has. Throws `user.last_owner`. */
export async function leave(
  tx: Tx,
  tenantId: string,
  { people, user, now }: LockedPerson,
): Promise<void> {
  checkOwnerStays(people, user)
  const shutOut = { userId: user.userId, disabledAt: now }
  await shutOutPerson(tx, tenantId, shutOut)
  await revokeKeysMadeBy(tx, tenantId, shutOut)
}

/** Whether the provider may decide who has this role; see `isDecidedByGroups`. */
export async function mayDecide(tx: Tx, tenantId: string, { roleKey }: User): Promise<boolean> {
  if (roleKey === DEFAULT_STAFF_ROLE) return true
  return isDecidedByGroups(roleKey, await listMappedRoles(tx, tenantId))
}

async function checkMayDecide(tx: Tx, tenantId: string, user: User): Promise<void> {
  if (await mayDecide(tx, tenantId, user)) return
  const message = `No group gives the role "${user.roleKey}", so the address of the person stays.`
  throw new PurserError('auth.permission_denied', message)
}

/** Whoever was invited stays so until they sign in. */
function statusOf({ status }: User, isActive: boolean): User['status'] {
  if (!isActive) return 'disabled'
  return status === 'invited' ? 'invited' : 'active'
}
