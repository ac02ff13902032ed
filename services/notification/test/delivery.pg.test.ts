import { AttemptOutcome, SuppressionReason } from '@purser/contracts/notification/v1/notification'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Behavior, startHostileSmtp } from './hostile-smtp.ts'
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

/** A running process that sends through a mail server of this test. */
async function start(...behaviors: Behavior[]) {
  const smtp = await startHostileSmtp()
  if (behaviors.length > 0) smtp.behave(...behaviors)
  const process = bed.createProcess({ smtpUrl: smtp.url })
  await process.start()
  onTestFinished(() => process.stop())
  const send = async (changes = {}) => {
    const { messageId } = await process.notification.sendEmail(wanted(changes), as('acme'))
    return messageId
  }
  return { smtp, process, send }
}

const accept: Behavior = { kind: 'accept' }
const reply = (at: 'MAIL' | 'RCPT' | 'DATA', code: number, text: string): Behavior => ({
  kind: 'reply',
  at,
  code,
  text,
})

test('a mail is delivered, and its attempt is logged with the words of the server', async () => {
  const { smtp, process, send } = await start()
  const message = await messageIn(process, await send(), MessageState.SENT)
  expect(smtp.taken).toHaveLength(1)
  expect(smtp.taken[0]).toMatchObject({ from: 'no-reply@shop.test', to: ['ann@example.com'] })
  expect(message.attempts).toMatchObject([
    { number: 1, outcome: AttemptOutcome.ACCEPTED, smtpCode: 250 },
  ])
  expect(message.attempts[0]?.replyText).toMatch(/^250 /)
  expect(message.sentTime).toBeDefined()
})

test.each([
  ['MAIL', 451],
  ['RCPT', 450],
  ['DATA', 452],
] as const)('a reply %s %i is tried again, under the same Message-ID', async (at, code) => {
  const { smtp, process, send } = await start(reply(at, code, '4.3.0 not now'), accept)
  const messageId = await send()
  const message = await messageIn(process, messageId, MessageState.SENT)
  expect(message.attempts.map(({ outcome, smtpCode }) => [outcome, smtpCode])).toEqual([
    [AttemptOutcome.DEFERRED, code],
    [AttemptOutcome.ACCEPTED, 250],
  ])
  expect(message.attempts[0]?.replyText).toContain('not now')
  const [last] = smtp.taken.slice(-1)
  expect(last?.source).toContain(`Message-ID: <${messageId}@shop.test>`)
})

test.each(['MAIL', 'RCPT', 'DATA'] as const)('a reply 5xx to %s fails at once', async (at) => {
  const { smtp, process, send } = await start(reply(at, 554, '5.7.1 spam, we think'))
  const message = await messageIn(process, await send(), MessageState.FAILED)
  expect(message.attempts).toMatchObject([{ outcome: AttemptOutcome.REFUSED, smtpCode: 554 }])
  expect(smtp.envelopeCount()).toBe(1)
  const { suppressions } = await process.notification.listSuppressions(
    { tenant: 'acme' },
    as('acme'),
  )
  expect(suppressions).toEqual([])
})

test('a server that is never ready is asked ten times, later each time, and then no more', async () => {
  const { smtp, process, send } = await start(reply('RCPT', 450, 'never ready'))
  const messageId = await send()
  // The delays add up to 20 ms times 511; their starts are moved here instead of waiting for them.
  const failed = await waitFor(
    async () => {
      await bed.notificationDatabase.adminQuery(
        `update notification_jobs._private_jobs set run_at = now() where locked_at is null`,
      )
      const message = await process.notification.getMessage(
        { tenant: 'acme', messageId },
        as('acme'),
      )
      return message.state === MessageState.FAILED ? message : undefined
    },
    { timeoutMs: 60_000 },
  )
  expect(failed.attempts).toHaveLength(10)
  expect(smtp.envelopeCount()).toBe(10)
  expect(failed.attempts.every(({ outcome }) => outcome === AttemptOutcome.DEFERRED)).toBe(true)
}, 90_000)

test('a server that hangs up, before or after it has the mail, is asked again', async () => {
  const { process, send } = await start({ kind: 'hang up' }, { kind: 'hang up' }, accept)
  const message = await messageIn(process, await send(), MessageState.SENT)
  expect(message.attempts.map(({ outcome }) => outcome)).toEqual([
    AttemptOutcome.DEFERRED,
    AttemptOutcome.DEFERRED,
    AttemptOutcome.ACCEPTED,
  ])
  expect(message.attempts[0]?.smtpCode).toBe(0)
})

test('a server that hangs up after it said 250 got the mail, once', async () => {
  const { smtp, process, send } = await start({ kind: 'hang up after accepting' }, accept)
  const first = await messageIn(process, await send(), MessageState.SENT)
  const second = await messageIn(process, await send(), MessageState.SENT)
  expect(first.attempts).toHaveLength(1)
  const ids = smtp.taken.map(({ source }) => /^Message-ID: <([^@]+)@/m.exec(source)?.[1])
  expect(ids.filter((id) => id === first.messageId)).toHaveLength(1)
  expect(ids).toContain(second.messageId)
})

test('a server that falls silent is given up, and asked again', async () => {
  const { process, send } = await start({ kind: 'silence' }, accept)
  const message = await messageIn(process, await send(), MessageState.SENT)
  expect(message.attempts.map(({ outcome }) => outcome)).toEqual([
    AttemptOutcome.DEFERRED,
    AttemptOutcome.ACCEPTED,
  ])
})

test('an address that nobody has is not written to any more, in this tenant alone', async () => {
  const bounce = reply('RCPT', 550, '5.1.1 no such user')
  const { smtp, process, send } = await start(bounce, accept)
  await messageIn(process, await send({ recipientEmail: 'gone@example.com' }), MessageState.FAILED)
  const { notification } = process
  const list = async () =>
    (await notification.listSuppressions({ tenant: 'acme' }, as('acme'))).suppressions
  expect(await list()).toMatchObject([
    { email: 'gone@example.com', reason: SuppressionReason.BOUNCED },
  ])

  const again = await send({ recipientEmail: 'Gone@Example.com' })
  const failed = await messageIn(process, again, MessageState.FAILED)
  expect(failed.attempts).toMatchObject([{ outcome: AttemptOutcome.SUPPRESSED, smtpCode: 0 }])
  expect(smtp.envelopeCount()).toBe(1)

  const elsewhere = wanted({ tenant: 'globex', recipientEmail: 'gone@example.com' })
  const { messageId } = await notification.sendEmail(elsewhere, as('globex'))
  await messageIn(process, messageId, MessageState.SENT, 'globex')

  const address = { tenant: 'acme', email: 'GONE@example.com' }
  await notification.removeSuppression(address, as('acme'))
  await notification.removeSuppression(address, as('acme'))
  expect(await list()).toEqual([])
  await notification.retryMessage({ tenant: 'acme', messageId: again }, as('acme'))
  const sent = await messageIn(process, again, MessageState.SENT)
  expect(sent.attempts.map(({ number }) => number)).toEqual([1, 2])
})

test('an operator stops writing to an address; the first reason stays', async () => {
  const { process, send } = await start()
  const { notification } = process
  const email = 'angry@example.com'
  const reason = SuppressionReason.COMPLAINED
  await notification.addSuppression({ tenant: 'acme', email, reason }, as('acme'))
  const again = await notification.addSuppression({ tenant: 'acme', email }, as('acme'))
  expect(again.reason).toBe(reason)
  await messageIn(process, await send({ recipientEmail: email }), MessageState.FAILED)
  await notification.removeSuppression({ tenant: 'acme', email }, as('acme'))
})

test('a failed message is tried again when asked; one that is sent or on its way is not', async () => {
  const { smtp, process, send } = await start(reply('DATA', 554, 'no'), accept)
  const messageId = await send()
  await messageIn(process, messageId, MessageState.FAILED)
  const ask = () => process.notification.retryMessage({ tenant: 'acme', messageId }, as('acme'))
  // Whoever asks last may find it delivered.
  const answers = await Promise.allSettled([ask(), ask(), ask()])
  const failed = answers.filter(
    (answer) => answer.status === 'fulfilled' && answer.value.state === MessageState.FAILED,
  )
  expect(failed).toEqual([])
  const sent = await messageIn(process, messageId, MessageState.SENT)
  expect(sent.attempts).toHaveLength(2)
  await expect(ask()).rejects.toMatchObject({ code: 'notification.already_sent' })
  expect(smtp.envelopeCount()).toBe(2)
})
