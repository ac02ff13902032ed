import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import type { SubscriptionContext } from '../context.ts'
import { countPersonalRecords } from '../store/personal-data.ts'

const reason = 'Bills are derived from them; they name the account by its identifier alone.'

/** Erases nothing, since nothing here is personal but identifiers, and says what stays. */
export function erasePersonalData(ctx: SubscriptionContext) {
  return async (req: ErasePersonalDataRequest): Promise<ErasePersonalDataResponse> => {
    const { tenant, accountIds } = req
    const count = await ctx.db.tx(tenant, (tx) => countPersonalRecords(tx, tenant, accountIds), {
      readOnly: true,
    })
    const kept = count > 0n ? [{ kind: 'subscriptions and top-ups', count, reason }] : []
    return create(ErasePersonalDataResponseSchema, { kept })
  }
}
