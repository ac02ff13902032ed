import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type GetMeRequest, type Me, MeSchema } from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import type { User } from '../domain/user.ts'
import { findAccount } from '../store/account.ts'
import { permissionsOfRole } from '../store/role.ts'
import { findUser } from '../store/tenant-user.ts'
import { toProtoAccount } from './convert.ts'
import { toProtoUser } from './convert-user.ts'
import { requirePerson } from './require-person.ts'
import { unknownPerson } from './unknown-person.ts'

/**
 * Answers the person who is signed in, with the permissions that the role gives now. Throws
 * `resource.not_found`.
 */
export function getMe(ctx: UserContext) {
  return async (_req: GetMeRequest, call: HandlerContext): Promise<Me> => {
    const { tenant, userId } = requirePerson(call)
    const read = async (tx: Tx) => {
      const user = await findUser(tx, tenant, userId)
      if (user === undefined) throw unknownPerson()
      return await describePerson(tx, tenant, user)
    }
    return await ctx.db.tx(tenant, read, { readOnly: true })
  }
}

/** What a person is told of themselves. */
export async function describePerson(tx: Tx, tenant: string, user: User): Promise<Me> {
  const { accountId, roleKey, locale, phone } = user
  const account = accountId === undefined ? undefined : await findAccount(tx, tenant, accountId)
  const permissions = await permissionsOfRole(tx, tenant, roleKey)
  return create(MeSchema, {
    user: toProtoUser(user),
    tenant,
    ...(account ? { account: toProtoAccount(account) } : {}),
    permissions: [...permissions],
    locale,
    phone,
  })
}
