import type { HandlerContext } from '@connectrpc/connect'
import type { CreateRoleRequest, Role } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { checkGrant } from '../domain/grant.ts'
import { findBuiltInRole, type Role as DomainRole } from '../domain/role.ts'
import { publishRoleCreated } from '../events.ts'
import { insertRole } from '../store/role.ts'
import { toProtoRole } from './convert-role.ts'
import { readTenant } from './get-tenant.ts'

/**
 * Creates a role of the tenant's own. Throws `auth.permission_denied` for a permission that the
 * caller does not hold, `role.already_exists` for a key of the platform or the tenant,
 * `resource.not_found` for an unknown tenant.
 */
export function createRole(ctx: UserContext) {
  return async (req: CreateRoleRequest, call: HandlerContext): Promise<Role> => {
    const { tenant, roleKey, name } = req
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const tooMuch = 'A role cannot hold more permissions than who creates it.'
    checkGrant(principalOf(call).permissions, req.permissions, tooMuch)
    const role: DomainRole = {
      roleKey,
      name,
      permissions: [...new Set(req.permissions)],
      builtIn: false,
    }
    await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      const taken = findBuiltInRole(roleKey) || !(await insertRole(tx, tenant, role, now))
      if (taken) {
        throw new PurserError('role.already_exists', `There is a role "${roleKey}" already.`)
      }
      await publishRoleCreated(tx, tenant, role, now)
    })
    return toProtoRole(role)
  }
}
