import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type BuiltInRoleKey, OWNER } from '../../domain/role.ts'
import type { User } from '../../domain/user.ts'
import { isSsoEnforced } from '../../store/sso-connection.ts'

/** Owners, so that a provider that fails shuts nobody out for good; shoppers, who have none. */
const exempt: ReadonlySet<string> = new Set<BuiltInRoleKey>([OWNER, 'shopper'])

/**
 * Throws `auth.sso_required` when the tenant wants the person to sign in by its provider. Only for
 * somebody who has proven who they are: the answer tells that they are staff.
 */
export async function checkOtherMethod(tx: Tx, tenantId: string, user: User): Promise<void> {
  if (exempt.has(user.roleKey) || !(await isSsoEnforced(tx, tenantId))) return
  const message = "Sign in by your organization's provider."
  throw new PurserError('auth.sso_required', message)
}
