import type { JobHandler } from '@purser/jobs'
import { formatMoney } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import type { Address, Order } from '../domain/order.ts'
import { findOrder } from '../store/order.ts'
import type { OrderMail, OrderTasks } from './tasks.ts'

type Payload = OrderTasks['mail']

/** Writes to who bought that the order is confirmed, that a parcel left or was lost, or that money went back; once each. */
export function mailOrder(ctx: OrderContext): JobHandler<Payload> {
  return async ({ payload, signal }) => {
    const { tenant, orderId, mail, dedupId } = payload
    const order = await ctx.db.tx(tenant, (tx) => findOrder(tx, tenant, orderId), {
      readOnly: true,
    })
    // Erased meanwhile, or a shipment of what is no order of ours.
    if (order === undefined || order.contact.email === '') return
    await ctx.clients.notification.sendEmail(
      {
        tenant,
        templateKey: mail.templateKey,
        recipientEmail: order.contact.email,
        recipientName: order.contact.recipient,
        variables: { order_number: order.number.toString(), ...variablesOf(order, mail) },
        dedupId,
      },
      asService('order', tenant, { signal }),
    )
  }
}

function variablesOf(order: Order, mail: OrderMail): Record<string, string> {
  switch (mail.templateKey) {
    case 'order_confirmed':
      return {
        items: order.lines.map((line) => itemOf(line, line.quantity)).join('\n'),
        total: formatMoney({ amountMinor: order.totalMinor, currency: order.currency }),
        shipping_address: addressOf(order),
        order_link: '',
      }
    case 'order_shipped':
      return { ...parcelOf(order, mail), tracking_link: '' }
    case 'order_parcel_failed':
      return parcelOf(order, mail)
    case 'order_refunded':
      return {
        amount: formatMoney({ amountMinor: BigInt(mail.amountMinor), currency: order.currency }),
        reason: '',
      }
  }
}

function itemOf({ title, variantTitle }: Order['lines'][number], quantity: number): string {
  return `${quantity} × ${title}${variantTitle === '' ? '' : `, ${variantTitle}`}`
}

function parcelOf(
  order: Order,
  { lines, carrier, trackingNumber }: Extract<OrderMail, { carrier: string }>,
): Record<string, string> {
  const items = lines.flatMap((sent) => sentItemOf(order, sent)).join('\n')
  return { items, carrier, tracking_number: trackingNumber }
}

function sentItemOf(
  { orderId, lines }: Order,
  { orderLineId, quantity }: { orderLineId: string; quantity: string },
): string[] {
  const line = lines.find(({ lineNumber }) => `${orderId}.${lineNumber}` === orderLineId)
  return line === undefined ? [] : [itemOf(line, Number(quantity))]
}

/** Name and address, a line each; empty for what is not sent. */
function addressOf({ contact: { recipient, shippingAddress } }: Order): string {
  if (shippingAddress.lines.length === 0) return ''
  return [recipient, ...shippingAddress.lines, cityOf(shippingAddress), shippingAddress.country]
    .filter((part) => part !== '')
    .join('\n')
}

function cityOf({ city, region, postalCode }: Address): string {
  return [city, region, postalCode].filter((part) => part !== '').join(' ')
}
