import { PurserError } from '@purser/kernel'
import { holdsPermission } from './permission.ts'
import type { Role } from './role.ts'

/**
 * Nobody grants more than they hold: throws `auth.permission_denied` with `message` and a violation
 * of `permissions[i]` for every wanted permission that `held` does not cover.
 */
export function checkGrant(
  held: readonly string[],
  wanted: readonly string[],
  message: string,
): void {
  const fields = wanted.flatMap((permission, index) =>
    holdsPermission(held, permission)
      ? []
      : [
          {
            field: `permissions[${index}]`,
            message: 'is a permission that the caller does not hold',
          },
        ],
  )
  if (fields.length === 0) return
  throw new PurserError('auth.permission_denied', message, { fields })
}

/**
 * Nobody gives a role, or decides about a person with one, that holds more than they do. Throws
 * `auth.permission_denied` naming `field`: what of the request led to the role.
 */
export function checkRoleGrant(
  held: readonly string[],
  role: Pick<Role, 'roleKey' | 'permissions'>,
  field: 'role' | 'user_id' | 'email',
): void {
  if (role.permissions.every((permission) => holdsPermission(held, permission))) return
  const message = `The role "${role.roleKey}" holds more permissions than the caller.`
  throw new PurserError('auth.permission_denied', message, {
    fields: [{ field, message: 'stands for permissions that the caller does not hold' }],
  })
}
