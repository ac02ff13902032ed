import { create } from '@bufbuild/protobuf'
import {
  IssueOrderInvoicesResponseSchema,
  type IssueOrderInvoicesRequest,
  type IssueOrderInvoicesResponse,
} from '@purser/contracts/invoicing/v1/order_invoice'
import { hashTexts } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { InvoicingContext } from '../context.ts'
import { retainBuyerUntil } from '../domain/retention.ts'
import type { SaleContent } from '../domain/sale.ts'
import { saleHash } from '../domain/sale-hash.ts'
import { insertBuyers } from '../store/order-buyer.ts'
import { listSalesOfOrders } from '../store/sale.ts'
import { lockSequence } from '../store/invoice-sequence.ts'
import { fromProtoBuyer } from './convert-party.ts'
import { issueSales } from './issue-sales.ts'
import { parseOrders } from './parse-orders.ts'

/**
 * Issues the invoices of orders that have none yet, all or none, with consecutive numbers in the order of the
 * request, and keeps who bought. Throws `request.invalid` for content that does not add up, `invoice.mismatch` when
 * an order has an invoice that says something else.
 */
export function issueOrderInvoices(ctx: InvoicingContext) {
  return async (req: IssueOrderInvoicesRequest): Promise<IssueOrderInvoicesResponse> => {
    const { tenant } = req
    const wanted = parseOrders(req.orders)
    const issuedCount = await ctx.db.tx(tenant, async (tx) => {
      const nextNumber = await lockSequence(tx, tenant)
      const missing = await withoutInvoice(tx, tenant, wanted)
      if (missing.length === 0) return 0
      const sales = await issueSales(ctx, tx, tenant, { contents: missing, nextNumber })
      const byOrder = new Map(req.orders.map((order) => [order.orderId, order]))
      const buyers = sales.flatMap(({ orderId, createdAt }) => {
        const order = byOrder.get(orderId)
        if (order === undefined) return []
        const { userId, accountId, email } = order
        const emailHash = email === '' ? undefined : hashOfEmail(email)
        const retainUntil = retainBuyerUntil(createdAt, createdAt)
        const buyer = fromProtoBuyer(order)
        return [{ orderId, userId, accountId, emailHash, buyer, retainUntil }]
      })
      await insertBuyers(tx, tenant, buyers)
      return sales.length
    })
    const existingCount = wanted.length - issuedCount
    return create(IssueOrderInvoicesResponseSchema, { issuedCount, existingCount })
  }
}

/** What stands for an e-mail address, in any case. */
export function hashOfEmail(email: string): Buffer {
  return hashTexts([email.toLowerCase()])
}

async function withoutInvoice(
  tx: Tx,
  tenant: string,
  wanted: readonly SaleContent[],
): Promise<SaleContent[]> {
  const orderIds = wanted.map(({ orderId }) => orderId)
  const known = (await listSalesOfOrders(tx, tenant, orderIds)).filter(
    ({ kind }) => kind === 'order',
  )
  const byOrder = new Map(known.map((sale) => [sale.orderId, sale]))
  return wanted.filter((content) => {
    const stored = byOrder.get(content.orderId)
    if (stored !== undefined && stored.contentHash !== saleHash(content)) {
      const { invoiceId: invoice_id, orderId: order_id } = stored
      const message = `Invoice ${invoice_id} of order ${order_id} says something else.`
      throw new PurserError('invoice.mismatch', message, { details: { invoice_id, order_id } })
    }
    return stored === undefined
  })
}
