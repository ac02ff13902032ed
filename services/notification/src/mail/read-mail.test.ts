import fc from 'fast-check'
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { Inbox } from './inbox.ts'
import { readMail } from './read-mail.ts'

const composer = createTransport({ streamTransport: true, buffer: true })

async function compose(mail: { subject: string; text: string; html?: string; name?: string }) {
  const { name = '', ...rest } = mail
  const to = { name, address: 'ann@example.com' }
  const { message } = await composer.sendMail({ from: 'shop@x.test', to, ...rest })
  return (message as Buffer).toString('latin1')
}

const text = fc
  .string({ unit: 'grapheme', maxLength: 300 })
  .filter((value) => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value) && value === value.trim())

test('what was written is read, whatever the language', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, async (subject, body, name) => {
      const read = readMail(await compose({ subject, text: body, html: `<p>${body}</p>`, name }))
      expect(read.text.trimEnd()).toBe(body)
      expect(read.html.trimEnd()).toBe(`<p>${body}</p>`)
      expect(read.subject.replace(/ +/g, ' ')).toBe(subject.replace(/ +/g, ' '))
    }),
    { numRuns: 200 },
  )
})

test('other programs write otherwise', () => {
  const source = [
    'Subject: =?iso-8859-1?q?caf=E9_=3D?= =?utf-8?B?4oKs?= plain',
    'From: A',
    ' <a@x.test>',
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    'preamble',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'caf=E9 and a long=',
    ' line',
    '--inner',
    'Content-Type: text/html; charset=nobody-knows',
    '',
    '<b>hi</b>',
    '--inner--',
    '--outer',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; filename=x.txt',
    '',
    'attached',
    '--outer--',
  ].join('\r\n')
  expect(readMail(source)).toEqual({
    from: 'A <a@x.test>',
    to: '',
    subject: 'café =€ plain',
    text: 'café and a long line',
    html: '<b>hi</b>',
  })
})

test('nothing that arrives breaks the reader', () => {
  const word = fc.constantFrom(
    '\r\n',
    '\r\n\r\n',
    '--b',
    '--b--',
    '=?utf-8?Q?=E2?=',
    '=?x?B?%%?=',
    ':',
    'Subject: ',
    '=F',
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Transfer-Encoding: base64',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const read = readMail(words.join(''))
      expect(Object.values(read).every((value) => typeof value === 'string')).toBe(true)
    }),
  )
  const nested = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'.repeat(5_000)
  expect(readMail(nested).html).toBe('')
})

test('the inbox keeps the newest 500 mails, and 50 MiB of them', () => {
  const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
  const inbox = new Inbox({ now: () => now })
  const add = (source: string) => inbox.add({ envelopeFrom: 'a', envelopeTo: ['b'], source })
  for (let number = 1; number <= 501; number += 1) add(String(number))
  expect(inbox.list()).toHaveLength(500)
  expect(inbox.list()[0]?.source).toBe('501')
  expect(inbox.list().at(-1)?.source).toBe('2')
  const [newest] = inbox.list()
  expect(inbox.find(newest?.mailId ?? '')).toBe(newest)
  for (let number = 0; number < 11; number += 1) add('x'.repeat(5 * 1024 * 1024))
  expect(inbox.list()).toHaveLength(10)
})
