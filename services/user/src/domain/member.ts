import { PurserError } from '@purser/kernel'
import type { UserStatus } from './user.ts'

/** `admin` also decides who is a member. */
export type MemberRole = 'admin' | 'member'

/** A person in an account. */
export type Member = {
  userId: string
  email: string
  fullName: string
  role: MemberRole
  status: UserStatus
  createdAt: Temporal.Instant
}

/**
 * An account whose members include an admin who can sign in keeps one. Throws `account.last_admin`
 * when `leaving`, who is about to lose the role or the membership, is the only such admin among
 * `members`.
 */
export function checkAdminStays(
  members: readonly Pick<Member, 'userId' | 'role' | 'status'>[],
  leaving: Pick<Member, 'userId' | 'role' | 'status'>,
): void {
  if (!isActiveAdmin(leaving)) return
  const stays = members.some((other) => other.userId !== leaving.userId && isActiveAdmin(other))
  if (stays) return
  const message = 'This is the last admin of the account who can sign in; make another one first.'
  throw new PurserError('account.last_admin', message)
}

function isActiveAdmin({ role, status }: Pick<Member, 'role' | 'status'>): boolean {
  return role === 'admin' && status === 'active'
}
