import { AttemptOutcome } from '@purser/contracts/notification/v1/notification'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
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

test('what one process could not deliver, the next one does', async () => {
  const unreachable = bed.createProcess({ smtpUrl: 'smtp://127.0.0.1:1', firstDelayMs: 1 })
  await unreachable.start()
  const mail = wanted()
  const { messageId } = await unreachable.notification.sendEmail(mail, as('acme'))
  const retrying = await messageIn(unreachable, messageId, MessageState.RETRYING)
  expect(retrying.attempts[0]).toMatchObject({ outcome: AttemptOutcome.DEFERRED, smtpCode: 0 })
  expect(retrying.attempts[0]?.replyText).toContain('ECONNREFUSED')
  expect(retrying.nextAttemptTime).toBeDefined()
  await unreachable.stop()

  const smtp = await startHostileSmtp()
  const next = bed.createProcess({ smtpUrl: smtp.url })
  await next.start()
  onTestFinished(() => next.stop())
  await messageIn(next, messageId, MessageState.SENT)
  expect(smtp.taken).toHaveLength(1)
  const again = await next.notification.sendEmail(mail, as('acme'))
  expect(again.messageId).toBe(messageId)
})

test('a mail that was on its way when its process died is tried again, and the log says so', async () => {
  const smtp = await startHostileSmtp()
  const process = bed.createProcess({ smtpUrl: smtp.url })
  const { messageId } = await process.notification.sendEmail(wanted(), as('acme'))
  // What a process leaves behind that is killed between the begin of an attempt and its end.
  const { adminQuery } = bed.notificationDatabase
  await adminQuery(
    `update notification.message set state = 'sending', attempt_count = 1 where message_id = $1`,
    [messageId],
  )
  await adminQuery(
    `insert into notification.delivery_attempt (tenant_id, message_id, number, started_at)
     values ('acme', $1, 1, now())`,
    [messageId],
  )
  await process.start()
  onTestFinished(() => process.stop())
  const sent = await messageIn(process, messageId, MessageState.SENT)
  expect(sent.attempts.map(({ outcome }) => outcome)).toEqual([
    AttemptOutcome.UNKNOWN,
    AttemptOutcome.ACCEPTED,
  ])
  expect(smtp.taken[0]?.source).toContain(`Message-ID: <${messageId}@shop.test>`)
})

test('a process that stops while a server is silent leaves the mail to the next one', async () => {
  const smtp = await startHostileSmtp()
  smtp.behave({ kind: 'silence' }, { kind: 'accept' })
  const doomed = bed.createProcess({ smtpUrl: smtp.url, timeoutMs: 600_000 })
  await doomed.start()
  const { messageId } = await doomed.notification.sendEmail(wanted(), as('acme'))
  await expect.poll(() => smtp.taken.length).toBe(1)
  await doomed.stop()

  const next = bed.createProcess({ smtpUrl: smtp.url })
  await next.start()
  onTestFinished(() => next.stop())
  const sent = await messageIn(next, messageId, MessageState.SENT)
  expect(sent.attempts.map(({ outcome }) => outcome)).toEqual([
    AttemptOutcome.UNKNOWN,
    AttemptOutcome.ACCEPTED,
  ])
  const ids = smtp.taken.map(({ source }) => /^Message-ID: <([^@]+)@/m.exec(source)?.[1])
  expect(ids).toEqual([messageId, messageId])
}, 60_000)
