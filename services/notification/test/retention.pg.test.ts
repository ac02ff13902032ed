import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '@purser/testing'
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
})
afterAll(() => bed.close())

test('messages go when their time is over, of all tenants, with their attempts; others stay', async () => {
  const smtp = await startHostileSmtp()
  const first = bed.createProcess({ smtpUrl: smtp.url })
  await first.start()
  const sent = async (tenant: string) => {
    const { messageId } = await first.notification.sendEmail(wanted({ tenant }), as(tenant))
    await messageIn(first, messageId, MessageState.SENT, tenant)
    return messageId
  }
  const names = ['old', 'young', 'waiting', 'failed'] as const
  const ids = await Promise.all(names.map(() => sent('acme')))
  const foreign = await sent('globex')
  await first.stop()
  const [old, young, waiting, failed] = ids
  const { adminQuery } = bed.notificationDatabase
  const age = (messageId: string | undefined, days: number, more = '') =>
    adminQuery(
      `update notification.message
       set created_at = now() - make_interval(days => $2::integer) ${more}
       where message_id = $1`,
      [messageId, days],
    )
  await age(old, 401)
  await age(foreign, 401)
  await age(young, 399)
  await age(failed, 401, `, state = 'failed', sent_at = null`)
  // Nobody's mail is dropped unsent, however long the server was down.
  await age(waiting, 401, `, state = 'queued', sent_at = null`)

  const next = bed.createProcess({ smtpUrl: smtp.url })
  await next.start()
  onTestFinished(() => next.stop())
  const left = () =>
    adminQuery<{ message_id: string }>('select message_id from notification.message')
  await waitFor(async () => (await left()).length === 2)
  expect((await left()).map(({ message_id }) => message_id).toSorted()).toEqual(
    [young, waiting].toSorted(),
  )
  const attempts = await adminQuery<{ message_id: string }>(
    'select distinct message_id from notification.delivery_attempt',
  )
  expect(attempts).toHaveLength(2)
  expect(next.lines.join('')).toContain('"removed":3')
})

test('a shorter time may be told', async () => {
  const smtp = await startHostileSmtp()
  const first = bed.createProcess({ smtpUrl: smtp.url })
  await first.start()
  const { messageId } = await first.notification.sendEmail(wanted(), as('acme'))
  await messageIn(first, messageId, MessageState.SENT)
  await first.stop()
  const { adminQuery } = bed.notificationDatabase
  await adminQuery(
    `update notification.message set created_at = now() - interval '31 days' where message_id = $1`,
    [messageId],
  )
  const next = bed.createProcess({ smtpUrl: smtp.url, keptDays: 30 })
  await next.start()
  onTestFinished(() => next.stop())
  const missing = () => next.notification.getMessage({ tenant: 'acme', messageId }, as('acme'))
  await waitFor(
    async () =>
      await missing().then(
        () => false,
        () => true,
      ),
  )
  await expect(missing()).rejects.toMatchObject({ code: 'resource.not_found' })
})
