import { create } from '@bufbuild/protobuf'
import {
  type DeleteRoleRequest,
  type DeleteRoleResponse,
  DeleteRoleResponseSchema,
} from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { findBuiltInRole } from '../domain/role.ts'
import { publishRoleDeleted } from '../events.ts'
import { deleteRole as removeRole, isRoleHeld, lockRoleToDelete } from '../store/role.ts'

/**
 * Removes a role of the tenant's own. Throws `request.invalid` for a role of the platform,
 * `resource.not_found`, `role.in_use` while anybody has it, invited and disabled people included.
 */
export function deleteRole(ctx: UserContext) {
  return async ({ tenant, roleKey }: DeleteRoleRequest): Promise<DeleteRoleResponse> => {
    checkOwn(roleKey)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      if (!(await lockRoleToDelete(tx, tenant, roleKey))) {
        throw new PurserError('resource.not_found', `There is no role "${roleKey}".`)
      }
      if (await isRoleHeld(tx, tenant, roleKey)) {
        const message = `Somebody has the role "${roleKey}"; give them another one first.`
        throw new PurserError('role.in_use', message)
      }
      await removeRole(tx, tenant, roleKey)
      await publishRoleDeleted(tx, tenant, roleKey, now)
    })
    return create(DeleteRoleResponseSchema)
  }
}

function checkOwn(roleKey: string): void {
  if (findBuiltInRole(roleKey) === undefined) return
  throw new PurserError('request.invalid', `The role "${roleKey}" is the platform's.`, {
    fields: [{ field: 'role_key', message: "must be a role of the tenant's own" }],
  })
}
