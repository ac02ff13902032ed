import { create } from '@bufbuild/protobuf'
import {
  type FindMissingAccountsRequest,
  type FindMissingAccountsResponse,
  FindMissingAccountsResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listMissingAccounts } from '../store/account.ts'

/** Answers which of these accounts do not exist; all of them for an unknown tenant. */
export function findMissingAccounts(ctx: UserContext) {
  return async (req: FindMissingAccountsRequest): Promise<FindMissingAccountsResponse> => {
    const { tenant, accountIds } = req
    const missingAccountIds = await ctx.db.tx(
      tenant,
      (tx) => listMissingAccounts(tx, tenant, accountIds),
      { readOnly: true },
    )
    return create(FindMissingAccountsResponseSchema, { missingAccountIds })
  }
}
