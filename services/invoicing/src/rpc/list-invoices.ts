import { create } from '@bufbuild/protobuf'
import {
  ListInvoicesResponseSchema,
  type ListInvoicesRequest,
  type ListInvoicesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { decodePageToken, encodePageToken, pageSizeOf, wholeOfPosition } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import {
  type InvoicePosition,
  listInvoices as readInvoices,
  NEWEST,
  positionOf,
} from '../store/invoice-list.ts'
import { fromProtoStatus, invoiceKinds, toProtoInvoice } from './convert.ts'

/** Lists invoices without lines: drafts, then newest number first. */
export function listInvoices(ctx: InvoicingContext) {
  return async (req: ListInvoicesRequest): Promise<ListInvoicesResponse> => {
    const question = {
      filter: {
        accountId: req.accountId || undefined,
        status: fromProtoStatus(req.status),
        runId: req.runId || undefined,
        kind: invoiceKinds[req.kind],
        orderId: req.orderId || undefined,
      },
      after: fromPageToken(req.pageToken) ?? NEWEST,
      limit: pageSizeOf(req.pageSize),
    }
    const invoices = await ctx.db.tx(req.tenant, (tx) => readInvoices(tx, req.tenant, question), {
      readOnly: true,
    })
    const last = invoices.at(-1)
    return create(ListInvoicesResponseSchema, {
      invoices: invoices.map(toProtoInvoice),
      nextPageToken:
        last && invoices.length === question.limit ? toPageToken(positionOf(last)) : '',
    })
  }
}

function toPageToken({ sequence, invoiceId }: InvoicePosition): string {
  return encodePageToken([sequence.toString(), invoiceId])
}

function fromPageToken(token: string): InvoicePosition | undefined {
  const [sequence, invoiceId] = decodePageToken(token, 2) ?? []
  if (sequence === undefined || invoiceId === undefined) return undefined
  return { sequence: wholeOfPosition(sequence), invoiceId }
}
