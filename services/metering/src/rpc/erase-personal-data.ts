import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import type { MeteringContext } from '../context.ts'
import { countEvents, stripHolds, stripProperties } from '../store/personal-usage.ts'

const EVENTS_A_CALL = 5_000

const reason =
  'Invoices are derived from them again and again; they name the account by its identifier, and keep only what meters read.'

/**
 * Removes from the events of accounts what no meter reads, 5,000 of them a call. The events stay,
 * and with them every sum: see docs/decisions/0026-erasure-keeps-identifiers.md.
 */
export function erasePersonalData(ctx: MeteringContext) {
  return async (req: ErasePersonalDataRequest): Promise<ErasePersonalDataResponse> => {
    const { tenant, accountIds } = req
    return await ctx.db.tx(tenant, async (tx) => {
      const events = await stripProperties(tx, tenant, { accountIds, limit: EVENTS_A_CALL })
      const holds = await stripHolds(tx, tenant, accountIds)
      const erasedCount = BigInt(events + holds)
      if (events === EVENTS_A_CALL) {
        return create(ErasePersonalDataResponseSchema, { erasedCount, more: true })
      }
      const count = await countEvents(tx, tenant, accountIds)
      const kept = count > 0n ? [{ kind: 'usage events', count, reason }] : []
      return create(ErasePersonalDataResponseSchema, { erasedCount, kept })
    })
  }
}
