import type { GetUserRequest, User } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import type { User as DomainUser } from '../domain/user.ts'
import { findUser } from '../store/tenant-user.ts'
import { toProtoUser } from './convert-user.ts'

/** Answers one person of the tenant. Throws `resource.not_found`. */
export function getUser(ctx: UserContext) {
  return async ({ tenant, userId }: GetUserRequest): Promise<User> => {
    const user = await ctx.db.tx(tenant, (tx) => findUser(tx, tenant, userId), { readOnly: true })
    return toProtoUser(requireUser(user, userId))
  }
}

/** The person that a store found. Throws `resource.not_found` when it found none. */
export function requireUser(user: DomainUser | undefined, userId: string): DomainUser {
  if (user !== undefined) return user
  throw new PurserError('resource.not_found', `There is no user "${userId}".`)
}
