import { create } from '@bufbuild/protobuf'
import {
  type CreditedRefund,
  IssueCreditNotesResponseSchema,
  type IssueCreditNotesRequest,
  type IssueCreditNotesResponse,
} from '@purser/contracts/invoicing/v1/order_invoice'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { InvoicingContext } from '../context.ts'
import { creditNote } from '../domain/credit.ts'
import { retainBuyerUntil } from '../domain/retention.ts'
import type { SaleContent, SaleHeader } from '../domain/sale.ts'
import { lockSequence } from '../store/invoice-sequence.ts'
import { retainBuyersUntil } from '../store/order-buyer.ts'
import { listSalesOfOrders } from '../store/sale.ts'
import { listSaleLines } from '../store/sale-line.ts'
import { issueSales } from './issue-sales.ts'

/**
 * Issues credit notes for refunds that have none yet, all or none, in the order of the request. Throws
 * `resource.not_found` for an order without an invoice, `invoice.credit_exceeds`, `invoice.mismatch` for a refund
 * that was credited with another amount.
 */
export function issueCreditNotes(ctx: InvoicingContext) {
  return async (req: IssueCreditNotesRequest): Promise<IssueCreditNotesResponse> => {
    const { tenant, refunds } = req
    const issuedCount = await ctx.db.tx(tenant, async (tx) => {
      let issued = 0n
      const nextNumber = await lockSequence(tx, tenant)
      // One after the other: each is split over what those before it left.
      for (const refund of refunds) {
        const content = await contentOf(tx, tenant, refund)
        if (content === undefined) continue
        const next = { contents: [content], nextNumber: nextNumber + issued }
        const [sale] = await issueSales(ctx, tx, tenant, next)
        issued += 1n
        if (sale === undefined) continue
        const until = retainBuyerUntil(sale.createdAt, sale.createdAt)
        await retainBuyersUntil(tx, tenant, [sale.orderId], until)
      }
      return Number(issued)
    })
    const existingCount = refunds.length - issuedCount
    return create(IssueCreditNotesResponseSchema, { issuedCount, existingCount })
  }
}

/** What the credit note of a refund says; undefined when there is one. */
async function contentOf(
  tx: Tx,
  tenant: string,
  { orderId, refundId, amount, lineNumbers, reason }: CreditedRefund,
): Promise<SaleContent | undefined> {
  const amountMinor = amount?.amountCents ?? 0n
  const sales = await listSalesOfOrders(tx, tenant, [orderId])
  const invoice = sales.find(({ kind }) => kind === 'order')
  if (invoice === undefined) {
    throw new PurserError('resource.not_found', `Order ${orderId} has no invoice.`)
  }
  const known = sales.find((sale) => sale.refundId === refundId)
  if (known) {
    requireSame(known, amountMinor)
    return undefined
  }
  if (amountMinor <= 0n || amount?.currency !== invoice.currency) {
    const message = `must be above 0, in ${invoice.currency}`
    const fields = [{ field: 'amount', message }]
    throw new PurserError('request.invalid', `amount ${message}`, { fields })
  }
  const credits = sales.filter(({ kind }) => kind === 'credit').map(({ invoiceId }) => invoiceId)
  const lines = await listSaleLines(tx, tenant, [invoice.invoiceId])
  const credited = credits.length === 0 ? [] : await listSaleLines(tx, tenant, credits)
  const refund = { refundId, amountMinor, lineNumbers, reason }
  const content = creditNote({ ...invoice, lines }, credited, refund)
  if (content === undefined) {
    const message = `Refund ${refundId} is more than is left of invoice ${invoice.invoiceId}.`
    throw new PurserError('invoice.credit_exceeds', message)
  }
  return content
}

function requireSame({ invoiceId, refundId, totalMinor }: SaleHeader, amountMinor: bigint): void {
  if (totalMinor === -amountMinor) return
  const message = `Credit note ${invoiceId} of refund ${refundId} says something else.`
  throw new PurserError('invoice.mismatch', message, { details: { invoice_id: invoiceId } })
}
