import type { HandlerContext } from '@connectrpc/connect'
import type { Membership, SwitchAccountRequest } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../../context.ts'
import { findMember } from '../../store/member.ts'
import { chooseAccount } from '../../store/membership.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { unknownAccount } from './account-access.ts'
import { requireMembership } from './list-my-accounts.ts'

/**
 * Chooses the account that the person acts for, in all of their sessions. Throws
 * `resource.not_found` for an account that they are not in, as for one that does not exist.
 */
export function switchAccount(ctx: UserContext) {
  return async ({ accountId }: SwitchAccountRequest, call: HandlerContext): Promise<Membership> => {
    const person = requirePerson(call)
    const { tenant, userId } = person
    return await ctx.db.tx(tenant, async (tx) => {
      await lockPerson(tx, person)
      if (!(await findMember(tx, tenant, { accountId, userId }))) throw unknownAccount(accountId)
      await chooseAccount(tx, tenant, { accountId, userId })
      return await requireMembership(tx, person, accountId)
    })
  }
}
