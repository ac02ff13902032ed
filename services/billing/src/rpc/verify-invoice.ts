import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  VerifyInvoiceResponseSchema,
  type VerifyInvoiceRequest,
  type VerifyInvoiceResponse,
} from '@purser/contracts/billing/v1/billing'
import { PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import { verifyLines } from '../run/verify-lines.ts'

/**
 * Derives every line of an invoice again from raw events. Throws `resource.not_found`, `invoice.not_of_usage` for one
 * of an order.
 */
export function verifyInvoice(ctx: BillingContext) {
  return async (
    req: VerifyInvoiceRequest,
    call: HandlerContext,
  ): Promise<VerifyInvoiceResponse> => {
    const { tenant, invoice: name } = req
    // In this service's own name: the permission to verify an invoice is enough to verify it.
    const invoice = await ctx.clients.invoicing.getInvoice(
      { tenant, invoice: name },
      asService('billing', tenant, { context: call }),
    )
    if (invoice.orderId !== '') {
      const message = `Invoice ${invoice.number} bills an order: nothing of it follows from usage.`
      throw new PurserError('invoice.not_of_usage', message)
    }
    const lines = await verifyLines(ctx, { tenant, invoice, call })
    const sum = lines.reduce((total, line) => total + line.derivedAmountCents, 0n)
    const subtotal = invoice.subtotal?.amountCents
    const total = invoice.total?.amountCents
    const sumsMatch = sum === subtotal && total === sum + (invoice.tax?.amountCents ?? 0n)
    return create(VerifyInvoiceResponseSchema, {
      invoiceNumber: invoice.number,
      matches: sumsMatch && lines.every((line) => line.matches),
      eventCount: lines.reduce((count, line) => count + line.eventCount, 0n),
      lines,
    })
  }
}
