import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { GetInvoicePdfRequest } from '@purser/contracts/invoicing/v1/invoicing'
import { PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { isFinalized } from '../domain/invoice.ts'
import { invoiceDocument } from '../pdf/invoice-document.ts'
import { findRetainedBuyer } from '../store/retained-buyer.ts'
import { fromProtoAccount, fromProtoTenant } from './convert-party.ts'
import { readInvoice } from './get-invoice.ts'

/**
 * Answers a finalized invoice as a PDF file: the same bytes as long as names and addresses stay. The
 * buyer of an erased account is the one that was kept for its invoices.
 * Throws `resource.not_found`, `invoice.not_finalized`, `platform.overloaded` when too many files
 * are asked for.
 */
export function getInvoicePdf(ctx: InvoicingContext) {
  return async (req: GetInvoicePdfRequest, call: HandlerContext): Promise<HttpBody> => {
    const { tenant } = req
    const invoice = await readInvoice(ctx, tenant, req.invoice)
    if (!isFinalized(invoice)) {
      const message = `Invoice ${invoice.invoiceId} is a draft: it has no PDF file yet.`
      throw new PurserError('invoice.not_finalized', message)
    }
    // In its own name: who may read invoices need not be allowed to read accounts.
    const options = asService('invoicing', tenant, { context: call })
    const { accountId } = invoice
    const [seller, account, retained] = await Promise.all([
      ctx.clients.user.getTenant({ tenant }, options),
      ctx.clients.user.getAccount({ tenant, accountId }, options),
      ctx.db.tx(tenant, (tx) => findRetainedBuyer(tx, tenant, accountId), { readOnly: true }),
    ])
    const document = invoiceDocument(invoice, {
      seller: fromProtoTenant(seller),
      buyer: retained?.buyer ?? fromProtoAccount(account),
      timeZone: seller.timeZone,
    })
    const data = await ctx.pdf.render(document)
    return create(HttpBodySchema, { contentType: 'application/pdf', data })
  }
}
