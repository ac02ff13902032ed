import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type GetMeRequest, type Me, MeSchema } from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import type { User } from '../domain/user.ts'
import { findAccount } from '../store/account.ts'
import { countMembers, findMember, type MemberName } from '../store/member.ts'
import { permissionsOfRole } from '../store/role.ts'
import { findUser } from '../store/tenant-user.ts'
import { findSignInSettings } from '../store/verified-email.ts'
import { toProtoAccount } from './convert.ts'
import { toProtoUser } from './convert-user.ts'
import { toProtoMemberRole } from './members/convert-member.ts'
import { readStanding } from './members/read-standing.ts'
import { requirePerson } from './require-person.ts'
import { unknownPerson } from './unknown-person.ts'

/**
 * Answers the person who is signed in, with the permissions that the role gives now, the account and
 * where it stands. Services that know plans and quotas are waited for a moment only: the answer then
 * names them in `unavailable_services`. Throws `resource.not_found`.
 */
export function getMe(ctx: UserContext) {
  return async (_req: GetMeRequest, call: HandlerContext): Promise<Me> => {
    const { tenant, userId } = requirePerson(call)
    const read = async (tx: Tx) => {
      const user = await findUser(tx, tenant, userId)
      if (user === undefined) throw unknownPerson()
      return await describePerson(tx, tenant, user)
    }
    const me = await ctx.db.tx(tenant, read, { readOnly: true })
    if (me.account === undefined) return me
    const standing = await readStanding(ctx, call, { tenant, accountId: me.account.accountId })
    return Object.assign(me, standing)
  }
}

/** What a person is told of themselves by this service alone. */
export async function describePerson(tx: Tx, tenant: string, user: User): Promise<Me> {
  const { userId, accountId, roleKey, locale, phone } = user
  const account = accountId === undefined ? undefined : await findAccount(tx, tenant, accountId)
  const permissions = await permissionsOfRole(tx, tenant, roleKey)
  const settings = await findSignInSettings(tx, { tenant, userId })
  return create(MeSchema, {
    user: toProtoUser(user),
    tenant,
    ...(account ? { account: toProtoAccount(account) } : {}),
    ...(account
      ? await describeMembership(tx, tenant, { accountId: account.accountId, userId })
      : {}),
    permissions: [...permissions],
    locale,
    phone,
    ...settings,
  })
}

async function describeMembership(tx: Tx, tenant: string, name: MemberName) {
  const member = await findMember(tx, tenant, name)
  assert(member, 'nobody acts for an account that they are not in')
  const memberCount = await countMembers(tx, tenant, name.accountId)
  return { memberRole: toProtoMemberRole(member.role), memberCount }
}
