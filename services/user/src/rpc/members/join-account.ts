import type { HandlerContext } from '@connectrpc/connect'
import type { JoinAccountRequest, Membership } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../../context.ts'
import { chooseAccount } from '../../store/membership.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { requireMembership } from './list-my-accounts.ts'
import { takeUpInvitation } from './take-up-invitation.ts'

/**
 * Takes up an invitation into an account, and acts for it from then on. Throws
 * `auth.invalid_credentials` for one that does not work or was made for another e-mail address.
 */
export function joinAccount(ctx: UserContext) {
  return async ({ invitation }: JoinAccountRequest, call: HandlerContext): Promise<Membership> => {
    const person = requirePerson(call)
    const { tenant, userId } = person
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    return await ctx.db.tx(tenant, async (tx) => {
      const user = await lockPerson(tx, person)
      const accountId = await takeUpInvitation(tx, tenant, { invitation, user, now })
      await chooseAccount(tx, tenant, { accountId, userId })
      return await requireMembership(tx, person, accountId)
    })
  }
}
