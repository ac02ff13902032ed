import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
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

async function start(sinkPort = 0) {
  const process = bed.createProcess({ sinkPort })
  await process.start()
  onTestFinished(() => process.stop())
  const port = (
    JSON.parse(process.lines.find((line) => line.includes('SMTP_URL')) ?? '{}') as { port: number }
  ).port
  const inbox = async () => (await process.notification.listInboxMails({}, as('*'))).mails
  return { process, port, inbox, notification: process.notification }
}

test('without a mail server mail is in the inbox, secrets and all', async () => {
  const { process, notification, inbox } = await start()
  const link = 'https://shop.test/verify?token=ev_acme.visible-here-alone'
  const mail = wanted({
    templateKey: 'email_verification',
    variables: { valid_for: '24 hours' },
    secretVariables: { link },
  })
  const { messageId } = await notification.sendEmail(mail, as('acme'))
  await messageIn(process, messageId, MessageState.SENT)
  const [head] = await inbox()
  expect(head).toMatchObject({
    envelopeFrom: 'no-reply@shop.test',
    envelopeTo: ['ann@example.com'],
    from: '"Acme Ltd." <no-reply@shop.test>',
    to: 'Ann <ann@example.com>',
    subject: 'Confirm your e-mail address',
    text: '',
    html: '',
    source: '',
  })
  const whole = await notification.getInboxMail({ mailId: head?.mailId ?? '' }, as('*'))
  expect(whole.text).toContain(link)
  expect(whole.source).toContain('Subject: Confirm your e-mail address')
  await expect(notification.getInboxMail({ mailId: 'mail_none' }, as('*'))).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  expect(process.lines.join('\n')).not.toContain('visible-here-alone')
})

test('the sink takes another port when its own is busy, and mail of other programs too', async () => {
  const first = await start()
  const second = await start(first.port)
  expect(second.port).not.toBe(first.port)
  const transport = createTransport({ host: '127.0.0.1', port: second.port })
  await transport.sendMail({
    from: 'a@x.test',
    to: ['b@x.test', 'c@x.test'],
    subject: 'hé',
    text: 'ü',
  })
  transport.close()
  const [mail] = await second.inbox()
  expect(mail).toMatchObject({ subject: 'hé', envelopeTo: ['b@x.test', 'c@x.test'] })
  expect(await first.inbox()).toEqual([])
})

test('where mail goes to a server there is no inbox', async () => {
  const { notification } = bed.createProcess({ smtpUrl: 'smtp://127.0.0.1:1' })
  const refusal = { code: 'notification.no_inbox' }
  await expect(notification.listInboxMails({}, as('*'))).rejects.toMatchObject(refusal)
  await expect(notification.getInboxMail({ mailId: 'mail_1' }, as('*'))).rejects.toMatchObject(
    refusal,
  )
})
