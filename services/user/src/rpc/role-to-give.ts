import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { checkRoleGrant } from '../domain/grant.ts'
import type { Role } from '../domain/role.ts'
import type { User } from '../domain/user.ts'
import { lockRoleToGive, permissionsOfRole } from '../store/role.ts'

/**
 * The role that a request names in `role`, kept from removal until the transaction ends. Throws
 * `request.invalid` when there is none, `auth.permission_denied` when it exceeds what is `held`.
 */
export async function requireRoleToGive(
  tx: Tx,
  tenantId: string,
  { roleKey, held }: { roleKey: string; held: readonly string[] },
): Promise<Role> {
  const role = await lockRoleToGive(tx, tenantId, roleKey)
  if (role === undefined) {
    throw new PurserError('request.invalid', `There is no role "${roleKey}".`, {
      fields: [{ field: 'role', message: 'must be a role of the platform or the tenant' }],
    })
  }
  checkRoleGrant(held, role, 'role')
  return role
}

/** Throws `auth.permission_denied` naming `field` when the person's role exceeds what is `held`. */
export async function checkRoleOf(
  tx: Tx,
  tenantId: string,
  of: { user: User; held: readonly string[]; field: 'user_id' | 'email' },
): Promise<void> {
  const { roleKey } = of.user
  const permissions = await permissionsOfRole(tx, tenantId, roleKey)
  checkRoleGrant(of.held, { roleKey, permissions }, of.field)
}
