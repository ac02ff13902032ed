import { create } from '@bufbuild/protobuf'
import {
  type BatchCreateAccountsRequest,
  type BatchCreateAccountsResponse,
  BatchCreateAccountsResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { insertAccounts } from '../store/account.ts'
import { fromProtoAccount } from './convert.ts'
import { readTenant } from './get-tenant.ts'

/**
 * Creates the accounts that do not exist and leaves the others as they are. Throws
 * `resource.not_found` for an unknown tenant.
 *
 * Publishes nothing: a batch is how a tenant moves in, and an event for each account would make
 * every consumer repeat the import row by row. Whoever needs all accounts pages through
 * ListAccounts.
 */
export function batchCreateAccounts(ctx: UserContext) {
  return async (req: BatchCreateAccountsRequest): Promise<BatchCreateAccountsResponse> => {
    const { tenant } = req
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const accounts = req.accounts.map((account) => fromProtoAccount(account, now))
    const createdCount = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      return await insertAccounts(tx, tenant, accounts)
    })
    const existingCount = accounts.length - createdCount
    return create(BatchCreateAccountsResponseSchema, { createdCount, existingCount })
  }
}
