import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { listPersonalSales } from '../store/order-buyer.ts'
import { listPersonalInvoices, listRetainedBuyers } from '../store/personal-record.ts'
import { hashOfEmail } from './issue-order-invoices.ts'

const INVOICES_A_PAGE = 200

/**
 * Answers what is held about accounts: their invoices, and the buyer where it is kept for them; and what people and
 * accounts ordered, with the buyer.
 */
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
        const emailHashes = req.emails.map(hashOfEmail)
        const whose = { userIds: req.userIds, accountIds, emailHashes }
        const sales = await listPersonalSales(tx, tenant, whose, question)
        const isFull = Math.max(invoices.length, sales.length) === INVOICES_A_PAGE
        return create(ExportPersonalDataResponseSchema, {
          records: [
            ...buyers.map((json) => ({ kind: 'buyers kept for their invoices', json })),
            ...invoices.map((json) => ({ kind: 'invoices', json })),
            ...sales.map((json) => ({ kind: 'invoices of orders', json })),
          ],
          nextPageToken: isFull ? encodePageToken([String(offset + INVOICES_A_PAGE)]) : '',
        })
      },
      { readOnly: true },
    )
  }
}
