import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type {
  PatchProvisionedGroupRequest,
  ReplaceProvisionedGroupRequest,
} from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import {
  type GroupChange,
  readGroupChange,
  readGroupValues,
} from '../../provisioning/group-change.ts'
import type { ProvisionedGroup } from '../../domain/provisioned-group.ts'
import { readPatch } from '../../provisioning/patch-operations.ts'
import { readScimBody } from '../../provisioning/scim-body.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { groupSchema } from '../../provisioning/scim-schema.ts'
import { lockGroup, updateGroup } from '../../store/provisioned-group.ts'
import { changeMembers } from './change-members.ts'
import { shownGroup } from './get-provisioned-group.ts'
import { scimNothing, scimReply, unknownResource } from './scim-reply.ts'
import { refuseDoubles } from './unique-violation.ts'

/**
 * Replaces name, external id and members of a group; its role stays. Throws `resource.not_found`,
 * `user.already_exists` for a name that another group has, and what reading the body throws.
 */
export function replaceProvisionedGroup(ctx: UserContext) {
  return async (req: ReplaceProvisionedGroupRequest): Promise<HttpReply> => {
    const { tenant } = req
    const projection = readProjectionQuery(groupSchema, req.query)
    const { displayName, externalId, memberIds } = readGroupValues(readScimBody(req.body))
    const members = [{ kind: 'replace' as const, userIds: memberIds }]
    const change = { displayName, externalId, members }
    const work = async (tx: Tx) => {
      const group = await store(ctx, tx, req, change)
      return await shownGroup(tx, tenant, group, projection)
    }
    return scimReply(await refuseDoubles(() => ctx.db.tx(tenant, work)))
  }
}

/**
 * Changes a group by PATCH and answers nothing: a group may have many members. Throws as
 * `replaceProvisionedGroup`.
 */
export function patchProvisionedGroup(ctx: UserContext) {
  return async (req: PatchProvisionedGroupRequest): Promise<HttpReply> => {
    const change = readGroupChange(readPatch(groupSchema, readScimBody(req.body)))
    await refuseDoubles(() => ctx.db.tx(req.tenant, (tx) => store(ctx, tx, req, change)))
    return scimNothing()
  }
}

async function store(
  ctx: UserContext,
  tx: Tx,
  { tenant, groupId }: { tenant: string; groupId: string },
  { displayName, externalId, members }: GroupChange,
): Promise<ProvisionedGroup> {
  const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  const former = await lockGroup(tx, tenant, groupId)
  if (former === undefined) throw unknownResource('group', groupId)
  const group = {
    ...former,
    displayName: displayName ?? former.displayName,
    externalId: externalId ?? former.externalId,
    updatedAt: now,
  }
  await updateGroup(tx, tenant, group)
  await changeMembers(tx, tenant, { groupId, changes: members, now })
  return group
}
