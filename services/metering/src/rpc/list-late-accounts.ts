import { create } from '@bufbuild/protobuf'
import {
  ListLateAccountsResponseSchema,
  type ListLateAccountsRequest,
  type ListLateAccountsResponse,
} from '@purser/contracts/metering/v1/metering'
import { assert } from '@purser/kernel'
import { decodePageToken, encodePageToken, fromProtoTimestamp } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { listLateAccounts as readLateAccounts } from '../store/usage-total.ts'

const DEFAULT_PAGE_SIZE = 5_000

/** Pages through the accounts whose events of a range of batches happened before an instant. */
export function listLateAccounts(ctx: MeteringContext) {
  return async (req: ListLateAccountsRequest): Promise<ListLateAccountsResponse> => {
    assert(req.beforeTime, 'the contract requires before_time')
    const pageSize = req.pageSize || DEFAULT_PAGE_SIZE
    const [afterAccountId = ''] = decodePageToken(req.pageToken, 1) ?? []
    const range = {
      after: req.afterWatermark,
      until: req.untilWatermark,
      before: fromProtoTimestamp(req.beforeTime),
    }
    // One more than asked for tells whether there is another page.
    const page = { afterAccountId, limit: pageSize + 1 }
    const found = await ctx.db.tx(
      req.tenant,
      (tx) => readLateAccounts(tx, req.tenant, range, page),
      { readOnly: true },
    )
    const accountIds = found.slice(0, pageSize)
    const last = found.length > pageSize ? accountIds.at(-1) : undefined
    return create(ListLateAccountsResponseSchema, {
      accountIds,
      nextPageToken: last === undefined ? '' : encodePageToken([last]),
    })
  }
}
