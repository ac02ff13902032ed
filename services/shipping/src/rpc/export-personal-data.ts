import type {
  ExportPersonalDataRequest,
  ExportPersonalDataResponse,
} from '@purser/contracts/common/v1/privacy'
import type { Tx } from '@purser/postgres'
import { answerPersonalRecords } from '@purser/rpc'
import type { ShippingContext } from '../context.ts'
import { listPersonalRecords } from '../store/personal-data.ts'
import { subjectsOf } from './subjects-of.ts'

/** Answers what is held about accounts and guests: the shipments to them. */
export function exportPersonalData(ctx: ShippingContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant } = req
    return await answerPersonalRecords(req, async (page) => {
      const list = (tx: Tx) => listPersonalRecords(tx, tenant, subjectsOf(req), page)
      const found = await ctx.db.tx(tenant, list, { readOnly: true })
      return found.map((json) => ({ kind: 'shipments', json }))
    })
  }
}
