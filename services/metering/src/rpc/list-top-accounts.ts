import { create } from '@bufbuild/protobuf'
import {
  type ListTopAccountsRequest,
  type ListTopAccountsResponse,
  ListTopAccountsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { Decimal } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { listTopAccounts as readTopAccounts } from '../store/top-accounts.ts'
import { fromProtoTimeRange } from './convert.ts'
import { readMeter } from './get-meter.ts'

const DEFAULT_LIMIT = 10

/**
 * Answers the accounts that used most of a meter. Throws `resource.not_found` for an unknown meter, `request.invalid`
 * for a range that ends before it begins.
 */
export function listTopAccounts(ctx: MeteringContext) {
  return async (req: ListTopAccountsRequest): Promise<ListTopAccountsResponse> => {
    const { tenant } = req
    const range = fromProtoTimeRange(req)
    const question = {
      ...range,
      meter: await readMeter(ctx, tenant, req.meterKey),
      featureKey: req.featureKey || undefined,
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
