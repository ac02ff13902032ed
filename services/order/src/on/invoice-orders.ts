import type { EventEnvelope, Forwarding } from '@purser/events'
import { assert } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import { asService } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import type { Order, Units } from '../domain/order.ts'
import { toProtoInvoicedOrder } from '../orders/invoiced-order.ts'
import { findOrder } from '../store/order.ts'
import { listOrdersToInvoice } from '../store/order-to-invoice.ts'
import { listRefunds, listReturns } from '../store/order-work.ts'

/** Money of an order that went back, or on to another order. */
type Credited = { orderId: string; refundId: string; returnId: string; amountCents: bigint }

/**
 * Facts about orders go on to invoicing, wherever that runs, those of a tenant together: `order.confirmed` becomes
 * an invoice; `order.refunded`, and what `order.exchanged` takes on to another order, credit notes. Each acts once,
 * as invoicing knows it by its order or refund. One that it refuses is tried again by itself, then parked in `inbox`: others
 * go on.
 */
export function invoiceOrders(ctx: OrderContext, inbox: Database): Forwarding[] {
  const credit = (of: (event: EventEnvelope) => Credited): Forwarding['forward'] => {
    return async (tenant, events, signal) => {
      const credited = events.map(of).filter(({ amountCents }) => amountCents > 0n)
      if (credited.length > 0) await issueCreditNotes(ctx, tenant, credited, signal)
    }
  }
  return [
    {
      inbox,
      subject: 'order.confirmed',
      consumer: 'invoicing.order_invoices',
      forward: (tenant, events, signal) => {
        const orderIds = events.map(({ payload }) => String(payload['order_id']))
        return issueInvoices(ctx, tenant, orderIds, signal)
      },
    },
    {
      inbox,
      subject: 'order.refunded',
      consumer: 'invoicing.credit_notes',
      forward: credit(({ payload }) => ({
        orderId: String(payload['order_id']),
        refundId: String(payload['refund_id']),
        returnId: '',
        amountCents: amountOf(payload['refunded']),
      })),
    },
    {
      inbox,
      subject: 'order.exchanged',
      consumer: 'invoicing.credit_notes',
      forward: credit(({ payload }) => ({
        orderId: String(payload['order_id']),
        refundId: String(payload['exchange_id']),
        returnId: String(payload['return_id']),
        amountCents: amountOf(payload['credited']),
      })),
    },
  ]
}

function amountOf(money: EventEnvelope['payload'][string] | undefined): bigint {
  assert(money !== null && typeof money === 'object' && !Array.isArray(money), 'money is an object')
  return BigInt(String(money['amount_cents']))
}

async function issueInvoices(
  ctx: OrderContext,
  tenant: string,
  orderIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const found = await ctx.db.tx(tenant, (tx) => listOrdersToInvoice(tx, tenant, orderIds), {
    readOnly: true,
  })
  const orders = found.map(toProtoInvoicedOrder)
  const as = asService('order', tenant, { signal })
  await ctx.clients.invoicing.issueOrderInvoices({ tenant, orders }, as)
}

/** Whatever was told first: credit notes take back from an invoice, which is issued before them. */
async function issueCreditNotes(
  ctx: OrderContext,
  tenant: string,
  credited: readonly Credited[],
  signal: AbortSignal,
): Promise<void> {
  const orderIds = [...new Set(credited.map(({ orderId }) => orderId))]
  await issueInvoices(ctx, tenant, orderIds, signal)
  const refunds = await ctx.db.tx(
    tenant,
    async (tx) => {
      const read = []
      for (const each of credited) {
        const { orderId, refundId, returnId, amountCents } = each
        const order = await findOrder(tx, tenant, orderId)
        assert(order, 'orders are never removed')
        const refund = (await listRefunds(tx, tenant, orderId)).find(
          (one) => one.refundId === refundId,
        )
        const back = (await listReturns(tx, tenant, orderId)).find(
          (one) => one.returnId === returnId || one.refundId === refundId,
        )
        const amount = { amountCents, currency: order.currency }
        const lineNumbers = linesOf(order, back?.lines ?? [])
        const reason = refund?.reason ?? back?.reason ?? ''
        read.push({ orderId, refundId, amount, lineNumbers, reason })
      }
      return read
    },
    { readOnly: true },
  )
  const as = asService('order', tenant, { signal })
  await ctx.clients.invoicing.issueCreditNotes({ tenant, refunds }, as)
}

/** Lines of an order that goods came back of; the lines of its invoice are numbered alike. */
function linesOf({ lines }: Order, back: readonly Units[]): number[] {
  const variants = new Set(back.map(({ variantId }) => variantId))
  return lines
    .filter(({ kind, itemId }) => kind === 'goods' && variants.has(itemId))
    .map(({ lineNumber }) => lineNumber)
}
