import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../../context.ts'
import { inviteMember } from './invite-member.ts'
import { joinAccount } from './join-account.ts'
import { listMembers } from './list-members.ts'
import { listMyAccounts } from './list-my-accounts.ts'
import { removeMember } from './remove-member.ts'
import { setMember } from './set-member.ts'
import { switchAccount } from './switch-account.ts'

/** The people of an account, and the accounts of a person. */
export function memberMethods(ctx: UserContext) {
  return {
    listMembers: listMembers(ctx),
    inviteMember: inviteMember(ctx),
    setMember: setMember(ctx),
    removeMember: removeMember(ctx),
    listMyAccounts: listMyAccounts(ctx),
    joinAccount: joinAccount(ctx),
    switchAccount: switchAccount(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
