import { create } from '@bufbuild/protobuf'
import {
  ListOrderInvoicesResponseSchema,
  type ListOrderInvoicesRequest,
  type ListOrderInvoicesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import type { InvoicingContext } from '../context.ts'
import { listSalesOfOrders } from '../store/sale.ts'
import { toProtoInvoice } from './convert.ts'

/** Answers the invoice of an order, then its credit notes, without lines; nothing before it was issued. */
export function listOrderInvoices(ctx: InvoicingContext) {
  return async (req: ListOrderInvoicesRequest): Promise<ListOrderInvoicesResponse> => {
    const { tenant, orderId } = req
    const sales = await ctx.db.tx(tenant, (tx) => listSalesOfOrders(tx, tenant, [orderId]), {
      readOnly: true,
    })
    return create(ListOrderInvoicesResponseSchema, { invoices: sales.map(toProtoInvoice) })
  }
}
