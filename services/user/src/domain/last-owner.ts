import { PurserError } from '@purser/kernel'
import { OWNER } from './role.ts'
import type { User } from './user.ts'

/**
 * A tenant keeps an owner who can sign in. Throws `user.last_owner` when `leaving`, who is about to
 * lose the role or to be shut out, is the only active owner among `people`.
 */
export function checkOwnerStays(people: readonly User[], leaving: User): void {
  if (!isActiveOwner(leaving)) return
  const stays = people.some((other) => other.userId !== leaving.userId && isActiveOwner(other))
  if (stays) return
  const message = 'This is the last owner who can sign in; make somebody else an owner first.'
  throw new PurserError('user.last_owner', message)
}

function isActiveOwner({ roleKey, status }: User): boolean {
  return roleKey === OWNER && status === 'active'
}
