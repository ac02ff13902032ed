import type {
  ExportPersonalDataRequest,
  ExportPersonalDataResponse,
} from '@purser/contracts/common/v1/privacy'
import { answerPersonalRecords } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'
import { listPersonalRecords } from '../store/personal-data.ts'

/** Answers what is held about accounts: their cards and payments. */
export function exportPersonalData(ctx: PaymentContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant, accountIds } = req
    return await answerPersonalRecords(req, (page) => {
      const question = { accountIds, ...page }
      return ctx.db.tx(tenant, (tx) => listPersonalRecords(tx, tenant, question), {
        readOnly: true,
      })
    })
  }
}
