import type { JobHandler } from '@purser/jobs'
import { formatMoney } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { NotificationContext } from '../context.ts'
import { acceptMessage } from '../messages/accept-message.ts'
import type { NotificationTasks } from './tasks.ts'

/** Mails an invoice to the account that pays it, once; an account without an address gets none. */
export function mailInvoice(
  ctx: NotificationContext,
): JobHandler<NotificationTasks['mail-invoice']> {
  return async ({ payload, signal }) => {
    const { tenant, accountId, invoiceId, number } = payload
    const options = asService('notification', tenant, { signal })
    const account = await ctx.clients.user.getAccount({ tenant, accountId }, options)
    if (account.email === '') return
    const { timeZone } = await ctx.clients.user.getTenant({ tenant }, options)
    const total = { amountMinor: BigInt(payload.totalMinor), currency: payload.currency }
    await acceptMessage(
      ctx,
      tenant,
      {
        templateKey: 'invoice_ready',
        recipientEmail: account.email,
        recipientName: account.name,
        locale: '',
        variables: {
          invoice_number: number,
          total: formatMoney(total),
          period: periodText(payload.periodStart, payload.periodEnd, timeZone),
        },
        secretVariables: {},
        dedupId: `invoice.ready/${invoiceId}`,
      },
      options,
    )
  }
}

/** First and last day of a period whose end is exclusive: `2026-02-01 to 2026-02-28`. */
function periodText(start: string, end: string, timeZone: string): string {
  const dayOf = (instant: Temporal.Instant) =>
    instant.toZonedDateTimeISO(timeZone).toPlainDate().toString()
  const last = Temporal.Instant.from(end).subtract({ nanoseconds: 1 })
  return `${dayOf(Temporal.Instant.from(start))} to ${dayOf(last)}`
}
