import type { Tx } from '@purser/postgres'
import type { MemberChange } from '../../provisioning/group-change.ts'
import { scimRefusal } from '../../provisioning/scim-refusal.ts'
import { addMembers, lockMembers, removeMembers } from '../../store/provisioned-member.ts'
import { applyGroupRoles } from './group-roles.ts'

/**
 * Changes the members of a group, whose row is locked, and their roles. Whoever may be concerned is
 * locked first, in the order of ids. Throws `invalidValue` for a member to be added whom the
 * provider does not keep here.
 */
export async function changeMembers(
  tx: Tx,
  tenantId: string,
  {
    groupId,
    changes,
    now,
  }: { groupId: string; changes: readonly MemberChange[]; now: Temporal.Instant },
): Promise<void> {
  if (changes.length === 0) return
  const named = changes.flatMap((change) => (change.kind === 'clear' ? [] : change.userIds))
  const readsAll = changes.some(({ kind }) => kind === 'clear' || kind === 'replace')
  const userIds = [...new Set(named)]
  const locked = await lockMembers(tx, tenantId, { userIds, groupId: readsAll ? groupId : '' })
  checkKnown(changes, new Set(locked))
  for (const change of changes) await changeOnce(tx, tenantId, groupId, change)
  await applyGroupRoles(tx, tenantId, { userIds: locked, now })
}

async function changeOnce(
  tx: Tx,
  tenantId: string,
  groupId: string,
  change: MemberChange,
): Promise<void> {
  if (change.kind === 'clear')
    return await removeMembers(tx, tenantId, { groupId, userIds: undefined })
  const { kind, userIds } = change
  if (kind === 'remove') return await removeMembers(tx, tenantId, { groupId, userIds })
  if (kind === 'replace') await removeMembers(tx, tenantId, { groupId, userIds: undefined })
  await addMembers(tx, tenantId, { groupId, userIds })
}

function checkKnown(changes: readonly MemberChange[], known: ReadonlySet<string>): void {
  for (const change of changes) {
    if (change.kind === 'clear' || change.kind === 'remove') continue
    const unknown = change.userIds.find((userId) => !known.has(userId))
    if (unknown === undefined) continue
    throw scimRefusal('invalidValue', `There is no user "${unknown}" to be a member.`)
  }
}
