import type { Account, CreateAccountRequest } from '@purser/contracts/user/v1/user'
import { assert, PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { publishAccountCreated } from '../events.ts'
import { insertAccounts } from '../store/account.ts'
import { fromProtoAccount, toProtoAccount } from './convert.ts'
import { readTenant } from './get-tenant.ts'

/**
 * Creates an account. Throws `account.already_exists`, `resource.not_found` for an unknown tenant.
 */
export function createAccount(ctx: UserContext) {
  return async ({ tenant, account: requested }: CreateAccountRequest): Promise<Account> => {
    assert(requested, 'the contract requires an account')
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const account = fromProtoAccount(requested, now)
    await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      if ((await insertAccounts(tx, tenant, [account])) === 0) {
        const message = `There is an account "${account.accountId}" already.`
        throw new PurserError('account.already_exists', message)
      }
      await publishAccountCreated(tx, tenant, account)
    })
    return toProtoAccount(account)
  }
}
