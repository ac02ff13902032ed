import type { HandlerContext } from '@connectrpc/connect'
import type { Member, SetMemberRequest } from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { checkAdminStays, type MemberRole } from '../../domain/member.ts'
import { publishMemberAdded, publishMemberRoleChanged } from '../../member-events.ts'
import {
  findMember,
  insertMember,
  listAdmins,
  lockAccount,
  setMemberRole,
} from '../../store/member.ts'
import { chooseAccount } from '../../store/membership.ts'
import { findUser } from '../../store/tenant-user.ts'
import { requireAccountAdmin, unknownMember } from './account-access.ts'
import { fromProtoMemberRole, toProtoMember } from './convert-member.ts'

type Wanted = { accountId: string; userId: string; role: MemberRole; now: Temporal.Instant }

/**
 * Says what a person may do with an account. Operators make anybody of the tenant a member by it;
 * the account's own admins change members alone, and invite others. The first member is an admin.
 * Throws, in this order: `resource.not_found` for the account, `auth.permission_denied`,
 * `resource.not_found` for the person, `account.last_admin`.
 */
export function setMember(ctx: UserContext) {
  return async (req: SetMemberRequest, call: HandlerContext): Promise<Member> => {
    const { tenant, accountId, userId } = req
    const now = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
    const wanted = { accountId, userId, role: fromProtoMemberRole(req.role), now }
    const member = await ctx.db.tx(tenant, async (tx) => {
      await lockAccount(tx, tenant, accountId)
      const access = await requireAccountAdmin(tx, call, req)
      const existing = await findMember(tx, tenant, wanted)
      if (existing === undefined) {
        if (access !== 'operator') throw unknownMember(userId)
        await add(tx, tenant, wanted)
      } else if (existing.role !== wanted.role) {
        if (wanted.role === 'member') {
          checkAdminStays(await listAdmins(tx, tenant, accountId), existing)
        }
        await setMemberRole(tx, tenant, wanted)
        await publishMemberRoleChanged(tx, tenant, { ...wanted, occurredAt: now })
      }
      return await findMember(tx, tenant, wanted)
    })
    assert(member, 'who was made a member is one')
    return toProtoMember(member)
  }
}

async function add(tx: Tx, tenant: string, { now, ...wanted }: Wanted): Promise<void> {
  const user = await findUser(tx, tenant, wanted.userId)
  if (user === undefined) throw unknownMember(wanted.userId)
  const role = await insertMember(tx, tenant, { ...wanted, createdAt: now })
  assert(role, 'who is no member becomes one')
  if (user.accountId === undefined) await chooseAccount(tx, tenant, wanted)
  await publishMemberAdded(tx, tenant, { ...wanted, role, occurredAt: now })
}
