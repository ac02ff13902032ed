import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readMail } from '../src/mail/read-mail.ts'
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

let tokenCount = 0

/** A mail with a link that must not stay. */
function verification() {
  tokenCount += 1
  const token = `ev_acme.one-time-token-${tokenCount}`
  const mail = wanted({
    templateKey: 'email_verification',
    variables: { valid_for: '24 hours' },
    secretVariables: { link: `https://shop.test/verify?token=${token}&x=1` },
  })
  return { token, mail }
}

async function start(...behaviors: Behavior[]) {
  const smtp = await startHostileSmtp()
  if (behaviors.length > 0) smtp.behave(...behaviors)
  const process = bed.createProcess({ smtpUrl: smtp.url })
  await process.start()
  onTestFinished(() => process.stop())
  return { smtp, process, notification: process.notification }
}

/** Everything that the schemas of the service hold, as text; bytes as they are. */
async function everythingStored(): Promise<string> {
  const { adminQuery } = bed.notificationDatabase
  const tables = await adminQuery<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name
     from information_schema.tables
     where table_schema in ('notification', 'notification_jobs') and table_type = 'BASE TABLE'`,
  )
  expect(tables.length).toBeGreaterThan(5)
  const contents = tables.map(({ name }) => adminQuery(`select t::text as row from ${name} t`))
  const sealed = await adminQuery<{ sealed_content: Buffer | null }>(
    'select sealed_content from notification.message',
  )
  const bytes = sealed.map((row) => row.sealed_content?.toString('latin1') ?? '')
  return JSON.stringify(await Promise.all(contents)) + bytes.join('\n')
}

async function sealedCount(messageId: string): Promise<number> {
  const rows = await bed.notificationDatabase.adminQuery(
    `select from notification.message where message_id = $1 and sealed_content is not null`,
    [messageId],
  )
  return rows.length
}

test('a secret reaches the recipient and is nowhere else, before and after', async () => {
  const { token, mail } = verification()
  const { smtp, process, notification } = await start(
    { kind: 'reply', at: 'RCPT', code: 450, text: 'later' },
    { kind: 'accept' },
  )
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  expect(await everythingStored()).not.toContain(token)
  const sent = await messageIn(process, messageId, MessageState.SENT)
  const { text, html } = readMail(smtp.taken[0]?.source ?? '')
  expect(text).toContain(`https://shop.test/verify?token=${token}&x=1`)
  expect(html).toContain(token)
  expect(sent.redacted).toBe(true)
  expect(sent.text).toContain('[redacted]')
  expect(sent.html).toContain('[redacted]')
  expect(sent.subject + sent.text + sent.html).not.toContain(token)
  expect(await sealedCount(messageId)).toBe(0)
  expect(await everythingStored()).not.toContain(token)
  expect(process.lines.join('\n')).not.toContain(token)
})

test('a server that quotes the mail does not bring its secret into the log', async () => {
  const { token, mail } = verification()
  const text = `5.7.1 blocked for ${mail.secretVariables?.['link']}`
  const { process, notification } = await start({ kind: 'reply', at: 'DATA', code: 554, text })
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  const failed = await messageIn(process, messageId, MessageState.FAILED)
  expect(failed.attempts[0]?.replyText).toContain('blocked for [redacted]')
  expect(await everythingStored()).not.toContain(token)
  expect(process.lines.join('\n')).not.toContain(token)
})

test('a failed message with secrets can be tried again for a day, and then no more', async () => {
  const { token, mail } = verification()
  const refuse: Behavior = { kind: 'reply', at: 'DATA', code: 554, text: 'no' }
  const { smtp, process, notification } = await start(refuse, refuse, { kind: 'accept' })
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  const ask = () => notification.retryMessage({ tenant: 'acme', messageId }, as('acme'))
  await messageIn(process, messageId, MessageState.FAILED)
  const [job] = await bed.notificationDatabase.adminQuery<{ hours: string }>(
    `select round(extract(epoch from run_at - now()) / 3600) as hours
     from notification_jobs.jobs
     where key = $1`,
    [`forget-secrets/acme/${messageId}`],
  )
  expect(Number(job?.hours)).toBe(24)
  await ask()
  await expect.poll(() => smtp.envelopeCount()).toBe(2)
  await messageIn(process, messageId, MessageState.FAILED)
  expect(smtp.taken.at(-1)?.source).toContain(token.slice(-8))

  await bed.notificationDatabase.adminQuery(
    `update notification_jobs._private_jobs set run_at = now() where key = $1`,
    [`forget-secrets/acme/${messageId}`],
  )
  await expect.poll(() => sealedCount(messageId)).toBe(0)
  await expect(ask()).rejects.toMatchObject({ code: 'notification.content_dropped' })
})
