import { create } from '@bufbuild/protobuf'
import {
  SummarizeInvoicesResponseSchema,
  type SummarizeInvoicesRequest,
  type SummarizeInvoicesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { fromProtoTimestamp } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { summarizeInvoices as readSummaries } from '../store/invoice-summary.ts'

/** Counts and sums finalized invoices by currency. */
export function summarizeInvoices(ctx: InvoicingContext) {
  return async (req: SummarizeInvoicesRequest): Promise<SummarizeInvoicesResponse> => {
    const filter = {
      endsAfter: req.endsAfter && fromProtoTimestamp(req.endsAfter),
      endsUntil: req.endsUntil && fromProtoTimestamp(req.endsUntil),
      runId: req.runId || undefined,
    }
    const summaries = await ctx.db.tx(req.tenant, (tx) => readSummaries(tx, req.tenant, filter), {
      readOnly: true,
    })
    return create(SummarizeInvoicesResponseSchema, {
      summaries: summaries.map(({ invoiceCount, lineCount, totalMinor, currency }) => ({
        invoiceCount,
        lineCount,
        total: { amountCents: totalMinor, currency },
      })),
    })
  }
}
