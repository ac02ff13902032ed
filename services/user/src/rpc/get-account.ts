import type { Account, GetAccountRequest } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { findAccount } from '../store/account.ts'
import { toProtoAccount } from './convert.ts'

/** Answers one account. Throws `resource.not_found`. */
export function getAccount(ctx: UserContext) {
  return async ({ tenant, accountId }: GetAccountRequest): Promise<Account> => {
    const account = await ctx.db.tx(tenant, (tx) => findAccount(tx, tenant, accountId), {
      readOnly: true,
    })
    if (account !== undefined) return toProtoAccount(account)
    throw new PurserError('resource.not_found', `There is no account "${accountId}".`)
  }
}
