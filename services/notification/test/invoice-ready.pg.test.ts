import type { JsonObject } from '@purser/events'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readMail } from '../src/mail/read-mail.ts'
import { startHostileSmtp } from './hostile-smtp.ts'
import {
  as,
  messageIn,
  MessageState,
  type NotificationBed,
  startBed,
  wanted,
} from './notification-harness.ts'

let bed: NotificationBed

beforeAll(async () => {
  bed = await startBed()
  for (const [accountId, email] of [
    ['with', 'pay@example.com'],
    ['without', ''],
  ]) {
    const account = { accountId: accountId ?? '', name: 'Péry GmbH', email: email ?? '' }
    await bed.user.createAccount({ tenant: 'acme', account }, as('acme'))
  }
})
afterAll(() => bed.close())

function invoiceReady(invoiceId: string, accountId: string): JsonObject {
  return {
    invoice_id: invoiceId,
    number: `ACME-${invoiceId}`,
    kind: 'period',
    account_id: accountId,
    subscription_id: 'sub_1',
    period_start: '2026-02-01T00:00:00Z',
    period_end: '2026-03-01T00:00:00Z',
    total: { amount_cents: '123450', currency: 'USD' },
    run_id: '',
  }
}

test('an invoice is mailed once to an account that has an address', async () => {
  const smtp = await startHostileSmtp()
  const process = bed.createProcess({ smtpUrl: smtp.url, mailInvoices: true })
  await process.start()
  onTestFinished(() => process.stop())
  const [subscription] = process.bus.subscribersOf('invoice.ready')
  const { database } = bed.notificationDatabase
  const tell = async (eventId: string, payload: JsonObject) => {
    const occurredAt = Temporal.Instant.from('2026-03-01T00:05:00Z')
    const event = { eventId, tenantId: 'acme', subject: 'invoice.ready', occurredAt, payload }
    await database.tx('acme', async (tx) => subscription?.handle(tx, event))
  }
  // Who bought an order is written to by the order service.
  const ofOrder = { invoice_id: '6', kind: 'order', account_id: 'with', order_id: 'ord_1' }
  await tell('0', ofOrder)
  await tell('1', invoiceReady('7', 'without'))
  await tell('2', invoiceReady('8', 'with'))
  await tell('3', invoiceReady('8', 'with'))
  await expect.poll(() => smtp.taken.length).toBe(1)
  // A mail of its own, after which anything that was told twice would have arrived.
  const { messageId } = await process.notification.sendEmail(wanted(), as('acme'))
  await messageIn(process, messageId, MessageState.SENT)
  expect(smtp.taken.map(({ to }) => to)).toEqual([['pay@example.com'], ['ann@example.com']])
  const mail = readMail(smtp.taken[0]?.source ?? '')
  expect(mail.subject).toBe('Invoice ACME-8')
  expect(mail.text).toContain('Hello Péry GmbH,')
  expect(mail.text).toContain('for 2026-02-01 to 2026-02-28 is ready')
  expect(mail.text).toContain('Total: USD 1,234.50')
})

test('unless it is asked for nobody listens', () => {
  expect(bed.createProcess().bus.subjects()).toEqual([])
})
