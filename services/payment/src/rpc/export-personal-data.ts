import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'
import { listPersonalRecords } from '../store/personal-data.ts'

const RECORDS_A_PAGE = 500

/** Answers what is held about accounts: their cards and payments. */
export function exportPersonalData(ctx: PaymentContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant, accountIds } = req
    const offset = Number(decodePageToken(req.pageToken, 1)?.[0] ?? 0)
    const question = { accountIds, offset, limit: RECORDS_A_PAGE }
    const records = await ctx.db.tx(tenant, (tx) => listPersonalRecords(tx, tenant, question), {
      readOnly: true,
    })
    const isFull = records.length === RECORDS_A_PAGE
    const nextPageToken = isFull ? encodePageToken([String(offset + RECORDS_A_PAGE)]) : ''
    return create(ExportPersonalDataResponseSchema, { records, nextPageToken })
  }
}
