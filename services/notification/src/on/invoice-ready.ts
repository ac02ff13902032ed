import type { Subscription } from '@purser/events'
import { PurserError } from '@purser/kernel'
import type { NotificationContext } from '../context.ts'

/**
 * `invoice.ready` of invoicing: a job mails the invoice of a subscription to the account that pays it. Who bought an
 * order is written to by the order service.
 */
export function onInvoiceReady({ db, addJob }: NotificationContext): Subscription {
  return {
    subject: 'invoice.ready',
    consumer: 'notification.mail_invoice',
    database: db,
    handle: async (tx, { tenantId: tenant, payload }) => {
      if (payload['kind'] === 'order' || payload['kind'] === 'credit') return
      const text = (name: string) => textOf(payload[name], name)
      const { amount_cents: amount, currency } = objectOf(payload['total'], 'total')
      await addJob(tx, 'mail-invoice', {
        tenant,
        invoiceId: text('invoice_id'),
        accountId: text('account_id'),
        number: text('number'),
        periodStart: text('period_start'),
        periodEnd: text('period_end'),
        totalMinor: textOf(amount, 'total.amount_cents'),
        currency: textOf(currency, 'total.currency'),
      })
    },
  }
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw new PurserError('platform.internal', `invoice.ready has no text ${name}`)
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw new PurserError('platform.internal', `invoice.ready has no object ${name}`)
}
