import { create } from '@bufbuild/protobuf'
import {
  type ListTopAccountsRequest,
  type ListTopAccountsResponse,
  ListTopAccountsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { assert, Decimal } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { listTopAccounts as readTopAccounts } from '../store/top-accounts.ts'
import { readMeter } from './get-meter.ts'

const DEFAULT_LIMIT = 10

/** Answers the accounts that used most of a meter. Throws `resource.not_found` for an unknown meter. */
export function listTopAccounts(ctx: MeteringContext) {
  return async (req: ListTopAccountsRequest): Promise<ListTopAccountsResponse> => {
    const { tenant } = req
    assert(req.startTime && req.endTime, 'the contract requires both ends')
    const question = {
      meter: await readMeter(ctx, tenant, req.meterKey),
      start: fromProtoTimestamp(req.startTime),
      end: fromProtoTimestamp(req.endTime),
      limit: req.limit || DEFAULT_LIMIT,
    }
    const accounts = await ctx.db.tx(tenant, (tx) => readTopAccounts(tx, tenant, question), {
      readOnly: true,
    })
    return create(ListTopAccountsResponseSchema, {
      accounts: accounts.map((row) => ({
        accountId: row.accountId,
        value: Decimal.parse(row.value).toString(),
        share: Decimal.parse(row.share).toString(),
        eventCount: row.eventCount,
      })),
    })
  }
}
