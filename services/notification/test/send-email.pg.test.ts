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
})
afterAll(() => bed.close())

/** A running process that sends through a mail server that takes everything. */
async function start() {
  const smtp = await startHostileSmtp()
  const process = bed.createProcess({ smtpUrl: smtp.url })
  await process.start()
  onTestFinished(() => process.stop())
  return { smtp, process, notification: process.notification }
}

/** Header lines of a mail, unfolded. */
function headersOf(source: string): string[] {
  const [head = ''] = source.split('\r\n\r\n')
  return head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
}

test('twenty calls at once with one dedup id make one message, sent once', async () => {
  const { smtp, process, notification } = await start()
  const mail = wanted()
  const calls = Array.from({ length: 20 }, () => notification.sendEmail(mail, as('acme')))
  const ids = new Set((await Promise.all(calls)).map(({ messageId }) => messageId))
  expect(ids.size).toBe(1)
  const [messageId = ''] = ids
  await messageIn(process, messageId, MessageState.SENT)
  const later = await notification.sendEmail({ ...mail, recipientName: 'Bob' }, as('acme'))
  expect(later.messageId).toBe(messageId)
  // A mail of its own, after which anything that was sent twice would have arrived.
  const other = await notification.sendEmail(wanted(), as('acme'))
  await messageIn(process, other.messageId, MessageState.SENT)
  expect(smtp.taken).toHaveLength(2)
})

test('the same dedup id of another tenant is another message', async () => {
  const { process, notification } = await start()
  const mail = wanted()
  const ours = await notification.sendEmail(mail, as('acme'))
  const theirs = await notification.sendEmail({ ...mail, tenant: 'globex' }, as('globex'))
  expect(theirs.messageId).not.toBe(ours.messageId)
  await messageIn(process, ours.messageId, MessageState.SENT)
  await messageIn(process, theirs.messageId, MessageState.SENT, 'globex')
})

test('a mail has plain text and HTML, names its sender, and reads as it was written', async () => {
  const { smtp, process, notification } = await start()
  const sender = { senderName: 'Żółw & Söhne 株式会社', replyTo: 'help@shop.test' }
  await notification.setSender({ tenant: 'acme', sender }, as('acme'))
  onTestFinished(
    async () => void (await notification.setSender({ tenant: 'acme', sender: {} }, as('acme'))),
  )
  const variables = { order_number: 'Ñ-7', amount: '9,00 €', reason: 'zu groß <b>🎽</b>' }
  const mail = wanted({ recipientName: 'Zoë Ångström', variables })
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  await messageIn(process, messageId, MessageState.SENT)
  const source = smtp.taken[0]?.source ?? ''
  expect(source).toMatch(/^[\t\r\n\x20-\x7e]*$/)
  expect(headersOf(source)).toContain('Auto-Submitted: auto-generated')
  expect(headersOf(source)).toContain('Reply-To: help@shop.test')
  const read = readMail(source)
  expect(read.from).toBe('Żółw & Söhne 株式会社 <no-reply@shop.test>')
  expect(read.to).toBe('Zoë Ångström <ann@example.com>')
  expect(read.subject).toBe('Refund for your order Ñ-7')
  expect(read.text).toContain('Hello Zoë Ångström,')
  expect(read.text).toContain('9,00 €')
  expect(read.text).toContain('Reason: zu groß <b>🎽</b>')
  expect(read.html).toContain('Reason: zu groß &lt;b&gt;🎽&lt;/b&gt;')
  expect(read.html).toContain('Żółw &amp; Söhne 株式会社')
})

test('without a name of its own the sender is the tenant by its legal name', async () => {
  const { smtp, process, notification } = await start()
  const { messageId } = await notification.sendEmail(wanted({ tenant: 'globex' }), as('globex'))
  await messageIn(process, messageId, MessageState.SENT, 'globex')
  expect(readMail(smtp.taken[0]?.source ?? '').from).toBe('"Globex Ltd." <no-reply@shop.test>')
})

test.each([
  'Ann\r\nBcc: eve@evil.test',
  'Ann\nBcc: eve@evil.test\n\n<script>',
  '"Ann" <eve@evil.test>, Bob',
  'Ann\u2028Bcc: eve@evil.test\u0000',
  '=?utf-8?Q?Ann=0D=0ABcc:_eve@evil.test?=',
])('a name or subject cannot add headers or recipients: %j', async (hostile) => {
  const { smtp, process, notification } = await start()
  const sender = { senderName: hostile, replyTo: '' }
  await notification.setSender({ tenant: 'acme', sender }, as('acme'))
  onTestFinished(
    async () => void (await notification.setSender({ tenant: 'acme', sender: {} }, as('acme'))),
  )
  const variables = { order_number: hostile, amount: hostile, reason: hostile }
  const mail = wanted({ recipientName: hostile, variables })
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  await messageIn(process, messageId, MessageState.SENT)
  expect(smtp.taken).toHaveLength(1)
  expect(smtp.taken[0]?.to).toEqual(['ann@example.com'])
  expect(smtp.taken[0]?.from).toBe('no-reply@shop.test')
  const names = headersOf(smtp.taken[0]?.source ?? '').map((line) => line.split(':')[0])
  expect(names.toSorted()).toEqual([
    'Auto-Submitted',
    'Content-Type',
    'Date',
    'From',
    'MIME-Version',
    'Message-ID',
    'Subject',
    'To',
  ])
})

test.each([
  'ann@example.com\r\nBcc: eve@evil.test',
  'ann@example.com, eve@evil.test',
  '<ann@example.com>',
  'ann@example.com> SIZE=1',
  'Ann <ann@example.com>',
  '"a b"@example.com',
  '',
])('an address is an address and nothing beside: %j', async (recipientEmail) => {
  const { notification } = await start()
  await expect(
    notification.sendEmail(wanted({ recipientEmail }), as('acme')),
  ).rejects.toMatchObject({ code: 'request.invalid' })
})

test('what cannot be rendered is refused when it is asked for, and leaves nothing', async () => {
  const { notification } = await start()
  const refused = (changes: Parameters<typeof wanted>[0], expected: object) =>
    expect(notification.sendEmail(wanted(changes), as('acme'))).rejects.toMatchObject(expected)
  await refused(
    { templateKey: 'no_such_template' },
    {
      code: 'notification.unknown_template',
    },
  )
  await refused(
    { variables: { order_number: '1' } },
    {
      code: 'notification.missing_variable',
      fields: [{ field: 'variables.amount' }, { field: 'variables.reason' }],
    },
  )
  const link = { link: 'javascript:alert(1)' }
  const verification = { templateKey: 'email_verification', variables: { valid_for: '1 hour' } }
  await refused(
    { ...verification, secretVariables: link },
    {
      code: 'request.invalid',
      fields: [{ field: 'secret_variables.link' }],
    },
  )
  const stranger = notification.sendEmail(wanted({ tenant: 'nobody' }), as('nobody'))
  await expect(stranger).rejects.toMatchObject({ code: 'resource.not_found' })
  const [row] = await bed.notificationDatabase.adminQuery<{ count: bigint }>(
    `select count(*) as count from notification.message where template_key = 'email_verification'`,
  )
  expect(Number(row?.count)).toBe(0)
})

test('messages are listed newest first, by page and by filter, of one tenant alone', async () => {
  const { process, notification } = await start()
  const ids: string[] = []
  for (const recipientEmail of ['Pat@example.com', 'pat@example.com', 'pat@example.com']) {
    const { messageId } = await notification.sendEmail(wanted({ recipientEmail }), as('acme'))
    await messageIn(process, messageId, MessageState.SENT)
    ids.unshift(messageId)
  }
  const list = (question: object) =>
    notification.listMessages({ tenant: 'acme', ...question }, as('acme'))
  const recipient = 'PAT@example.com'
  const first = await list({ recipient, pageSize: 2 })
  expect(first.messages.map(({ messageId }) => messageId)).toEqual(ids.slice(0, 2))
  expect(first.messages[0]).toMatchObject({ text: '', html: '', attempts: [], attemptCount: 1 })
  const second = await list({ recipient, pageSize: 2, pageToken: first.nextPageToken })
  expect(second.messages.map(({ messageId }) => messageId)).toEqual(ids.slice(2))
  expect(second.nextPageToken).toBe('')

  expect((await list({ recipient, state: MessageState.FAILED })).messages).toEqual([])
  expect((await list({ recipient, state: MessageState.SENT })).messages).toHaveLength(3)
  expect((await list({ recipient, templateKey: 'invitation' })).messages).toEqual([])
  expect((await list({ templateKey: 'order_refunded', pageSize: 1 })).messages).toHaveLength(1)
  expect((await list({ state: MessageState.SENT, pageSize: 1 })).messages).toHaveLength(1)
  await expect(list({ pageToken: 'nonsense' })).rejects.toMatchObject({ code: 'request.invalid' })

  const theirs = await notification.listMessages({ tenant: 'globex', recipient }, as('globex'))
  expect(theirs.messages).toEqual([])
  const [messageId = ''] = ids
  const stranger = { tenant: 'globex', messageId }
  const missing = { code: 'resource.not_found' }
  await expect(notification.getMessage(stranger, as('globex'))).rejects.toMatchObject(missing)
  await expect(notification.retryMessage(stranger, as('globex'))).rejects.toMatchObject(missing)
})
