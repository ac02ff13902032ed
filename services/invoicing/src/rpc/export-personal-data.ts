import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { listPersonalInvoices, listRetainedBuyers } from '../store/personal-record.ts'

const INVOICES_A_PAGE = 200

/** Answers what is held about accounts: their invoices, and the buyer where it is kept for them. */
export function exportPersonalData(ctx: InvoicingContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant, accountIds } = req
    const offset = Number(decodePageToken(req.pageToken, 1)?.[0] ?? 0)
    return await ctx.db.tx(
      tenant,
      async (tx) => {
        const buyers = offset === 0 ? await listRetainedBuyers(tx, tenant, accountIds) : []
        const question = { accountIds, offset, limit: INVOICES_A_PAGE }
        const invoices = await listPersonalInvoices(tx, tenant, question)
        const isFull = invoices.length === INVOICES_A_PAGE
        return create(ExportPersonalDataResponseSchema, {
          records: [
            ...buyers.map((json) => ({ kind: 'buyers kept for their invoices', json })),
            ...invoices.map((json) => ({ kind: 'invoices', json })),
          ],
          nextPageToken: isFull ? encodePageToken([String(offset + INVOICES_A_PAGE)]) : '',
        })
      },
      { readOnly: true },
    )
  }
}
