import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { toProtoTimestamp } from '@purser/rpc'
import type { ShippingContext } from '../context.ts'
import { countKept, eraseRecipients } from '../store/personal-data.ts'
import { subjectsOf } from './subjects-of.ts'

const needed = 'They have to arrive; erased by itself once they did, after 90 days in any case.'
const derived = 'They name account and order by their identifiers alone.'

/**
 * Removes name, address and e-mail address from shipments to somebody; from those that are under way
 * when they end, without being asked again: by then nobody may know the e-mail address any more.
 */
export function erasePersonalData(ctx: ShippingContext) {
  return async (req: ErasePersonalDataRequest): Promise<ErasePersonalDataResponse> => {
    const { tenant } = req
    const subjects = subjectsOf(req)
    const [erased, { underWay, nameless, until }] = await ctx.db.tx(tenant, async (tx) => [
      await eraseRecipients(tx, tenant, subjects),
      await countKept(tx, tenant, subjects),
    ])
    const kept = []
    if (until !== undefined) {
      const kind = 'shipments under way with name and address'
      const keepUntil = toProtoTimestamp(until)
      kept.push({ kind, count: underWay, reason: needed, keepUntil })
    }
    if (nameless > 0n) {
      kept.push({ kind: 'shipments without a name', count: nameless, reason: derived })
    }
    return create(ErasePersonalDataResponseSchema, { erasedCount: BigInt(erased), kept })
  }
}
