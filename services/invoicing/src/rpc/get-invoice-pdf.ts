import { create } from '@bufbuild/protobuf'
import type { CallOptions, HandlerContext } from '@connectrpc/connect'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { GetInvoicePdfRequest } from '@purser/contracts/invoicing/v1/invoicing'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asService } from '@purser/rpc'
import type { InvoicingContext } from '../context.ts'
import { type AnyHeader, isFinalized, isSale } from '../domain/invoice.ts'
import type { Party } from '../domain/party.ts'
import type { SaleHeader } from '../domain/sale.ts'
import { invoiceDocument } from '../pdf/invoice-document.ts'
import { saleDocument } from '../pdf/sale-document.ts'
import { findOrderBuyer } from '../store/order-buyer.ts'
import { findRetainedBuyer } from '../store/retained-buyer.ts'
import { fromProtoAccount, fromProtoTenant } from './convert-party.ts'
import { readInvoice } from './get-invoice.ts'

/**
 * Answers a finalized invoice as a PDF file: the same bytes as long as names and addresses stay. The
 * buyer of an erased account is the one that was kept for its invoices, that of an order the one of the order.
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
    const [seller, buyer] = await Promise.all([
      ctx.clients.user.getTenant({ tenant }, options),
      isSale(invoice)
        ? buyerOfOrder(ctx, tenant, invoice)
        : buyerOfAccount(ctx, tenant, invoice, options),
    ])
    const { timeZone } = seller
    const parties = { seller: fromProtoTenant(seller), buyer, timeZone }
    const document = isSale(invoice)
      ? saleDocument(invoice, parties)
      : invoiceDocument(invoice, parties)
    const data = await ctx.pdf.render(document)
    return create(HttpBodySchema, { contentType: 'application/pdf', data })
  }
}

async function buyerOfAccount(
  ctx: InvoicingContext,
  tenant: string,
  { accountId }: AnyHeader,
  options: CallOptions,
): Promise<Party> {
  const [account, retained] = await Promise.all([
    ctx.clients.user.getAccount({ tenant, accountId }, options),
    ctx.db.tx(tenant, (tx) => findRetainedBuyer(tx, tenant, accountId), { readOnly: true }),
  ])
  return retained?.buyer ?? fromProtoAccount(account)
}

async function buyerOfOrder(
  ctx: InvoicingContext,
  tenant: string,
  { orderId }: SaleHeader,
): Promise<Party> {
  const find = (tx: Tx) => findOrderBuyer(tx, tenant, orderId)
  return (await ctx.db.tx(tenant, find, { readOnly: true })) ?? { name: 'erased', lines: [] }
}
