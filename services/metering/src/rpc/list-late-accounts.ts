import { create } from '@bufbuild/protobuf'
import {
  ListLateAccountsResponseSchema,
  type ListLateAccountsRequest,
  type ListLateAccountsResponse,
} from '@purser/contracts/metering/v1/metering'
import { assert } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { listLateAccounts as readLateAccounts } from '../store/usage-total.ts'

/** Names the accounts whose events of a range of batches happened before an instant. */
export function listLateAccounts(ctx: MeteringContext) {
  return async (req: ListLateAccountsRequest): Promise<ListLateAccountsResponse> => {
    assert(req.beforeTime, 'the contract requires before_time')
    const range = {
      after: req.afterWatermark,
      until: req.untilWatermark,
      before: fromProtoTimestamp(req.beforeTime),
    }
    const accountIds = await ctx.db.tx(
      req.tenant,
      (tx) => readLateAccounts(tx, req.tenant, range),
      {
        readOnly: true,
      },
    )
    return create(ListLateAccountsResponseSchema, { accountIds })
  }
}
