import type { Tx } from '@purser/postgres'
import { isDecidedByGroups, roleOfGroups } from '../../domain/group-role.ts'
import { publishUserRolesChanged } from '../../provisioning-events.ts'
import { listMappedRoles, listMemberRoles, setRoles } from '../../store/provisioned-member.ts'
import { lockRoleToGive } from '../../store/role.ts'

/**
 * Gives people, whose rows are locked, the role that their groups say now, and tells it. Owners and
 * people whose role no group gives keep theirs; `formerRoleKey` is one that a group gave until now.
 */
export async function applyGroupRoles(
  tx: Tx,
  tenantId: string,
  change: { userIds: readonly string[]; formerRoleKey?: string | undefined; now: Temporal.Instant },
): Promise<void> {
  const { userIds, formerRoleKey, now } = change
  if (userIds.length === 0) return
  const mapped = await listMappedRoles(tx, tenantId)
  const decided = formerRoleKey === undefined ? mapped : [...mapped, formerRoleKey]
  const known = await existingRoles(tx, tenantId, mapped)
  const members = await listMemberRoles(tx, tenantId, userIds)
  const changed = members.flatMap(({ userId, roleKey: formerRole, groupRoleKeys }) => {
    const roleKey = roleOfGroups(groupRoleKeys.filter((key) => known.has(key)))
    const stays = roleKey === formerRole || !isDecidedByGroups(formerRole, decided)
    return stays ? [] : [{ userId, roleKey, formerRoleKey: formerRole }]
  })
  if (changed.length === 0) return
  await setRoles(tx, tenantId, changed)
  await publishUserRolesChanged(tx, tenantId, changed, now)
}

/** Those of these roles that there are, kept from removal until the transaction ends. */
async function existingRoles(
  tx: Tx,
  tenantId: string,
  roleKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const roleKey of roleKeys.toSorted()) {
    if (await lockRoleToGive(tx, tenantId, roleKey)) found.add(roleKey)
  }
  return found
}
