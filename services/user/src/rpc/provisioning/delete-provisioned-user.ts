import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { DeleteProvisionedUserRequest } from '@purser/contracts/user/v1/provisioning'
import type { UserContext } from '../../context.ts'
import { publishUserDeprovisioned } from '../../provisioning-events.ts'
import { removeProvisionedUser } from '../../store/provisioned-user.ts'
import { lockProvisionedUser } from './change-provisioned-user.ts'
import { applyGroupRoles } from './group-roles.ts'
import { scimNothing } from './scim-reply.ts'
import { leave } from './store-values.ts'

/**
 * Removes a person from the provider's view: out of its groups and disabled, sessions and keys ended.
 * The row stays, since invoices and the audit log refer to it. Throws `resource.not_found`,
 * `user.last_owner`.
 */
export function deleteProvisionedUser(ctx: UserContext) {
  return async ({ tenant, userId }: DeleteProvisionedUserRequest): Promise<HttpReply> => {
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      const { former, people } = await lockProvisionedUser(tx, tenant, userId)
      const { user } = former
      if (user.status !== 'disabled') await leave(tx, tenant, { people, user, now })
      await removeProvisionedUser(tx, tenant, { userId, removedAt: now })
      await applyGroupRoles(tx, tenant, { userIds: [userId], now })
      await publishUserDeprovisioned(tx, tenant, userId, now)
    })
    return scimNothing()
  }
}
