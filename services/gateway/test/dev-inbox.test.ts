import { request as httpRequest } from 'node:http'
import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { openGateway, type Methods } from './gateway-harness.ts'

const mail = {
  mailId: 'mail_1',
  receiveTime: { seconds: 1_770_000_000n, nanos: 0 },
  envelopeFrom: 'no-reply@shop.test',
  envelopeTo: ['ann@example.com'],
  from: 'Shop <no-reply@shop.test>',
  to: 'Ann <ann@example.com>',
  subject: '<script>alert("subject")</script>',
  text: 'plain </pre><script>alert(1)</script>',
  html: '<!doctype html><html><head></head><body><script>alert(2)</script><a href="https://x.test">x</a></body></html>',
  source: 'Subject: <b>',
}

const methods: Methods = {
  listInboxMails: () => ({ mails: [{ ...mail, text: '', html: '', source: '' }] }),
  getInboxMail: ({ mailId }: { mailId: string }) => {
    if (mailId === mail.mailId) return mail
    throw new PurserError('resource.not_found', 'There is no such message.')
  },
}

const open = (more: Methods = {}) => openGateway({ methods: { ...methods, ...more } })

test('the list shows mails with everything in them escaped', async () => {
  const { ask } = await open()
  const answer = await ask('/dev/inbox')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const page = await answer.text()
  expect(page).toContain('ann@example.com')
  expect(page).toContain('href="/dev/inbox/mail_1"')
  expect(page).toContain('2026-02-02T02:40:00.000Z')
  expect(page).not.toContain('<script')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('content-security-policy')).not.toContain('script-src')
})

test('a mail is shown with its HTML in a frame that runs nothing', async () => {
  const { ask } = await open()
  const page = await (await ask('/dev/inbox/mail_1')).text()
  expect(page).not.toContain('<script')
  const frame = /<iframe[^>]*>/.exec(page)?.[0] ?? ''
  expect(frame).toContain('src="/dev/inbox/mail_1/html"')
  expect(frame).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"')
  const content = await ask('/dev/inbox/mail_1/html')
  expect(await content.text()).toContain('<head><base target="_blank">')
  const policy = content.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'/)
  expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src|https?:|\*/)
  expect(content.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  expect(content.headers.get('referrer-policy')).toBe('no-referrer')
})

test('programs read it as JSON', async () => {
  const { ask } = await open()
  const { messages } = (await (await ask('/dev/inbox/messages')).json()) as { messages: object[] }
  const head = {
    mail_id: 'mail_1',
    receive_time: '2026-02-02T02:40:00.000Z',
    envelope_from: 'no-reply@shop.test',
    envelope_to: ['ann@example.com'],
    from: 'Shop <no-reply@shop.test>',
    to: 'Ann <ann@example.com>',
    subject: mail.subject,
  }
  expect(messages).toEqual([head])
  const { text, html, source } = mail
  const whole = await (await ask('/dev/inbox/messages/mail_1')).json()
  expect(whole).toEqual({ ...head, text, html, source })
})

const paths = [
  '/dev/inbox',
  '/dev/inbox/messages',
  '/dev/inbox/messages/mail_1',
  '/dev/inbox/mail_1',
  '/dev/inbox/mail_1/html',
]

/** Status and body with headers that fetch does not let through. */
function askRaw(url: string, headers: Record<string, string>) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest(url, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.once('error', reject).end()
  })
}

test.each<Record<string, string>>([
  { host: 'evil.test' },
  { host: 'localhost.evil.test' },
  { 'x-forwarded-for': '127.0.0.1' },
  { forwarded: 'for=127.0.0.1' },
  { via: '1.1 proxy' },
  { 'x-real-ip': '127.0.0.1' },
  { origin: 'https://evil.test' },
])('past a proxy, under another name or for another page there is nothing: %j', async (headers) => {
  const { url } = await open()
  const unknown = await askRaw(`${url}/dev/nothing`, { 'x-request-id': 'a-request-of-tests' })
  for (const path of paths) {
    const answer = await askRaw(`${url}${path}`, {
      'x-request-id': 'a-request-of-tests',
      ...headers,
    })
    expect(answer.status).toBe(404)
    expect(answer.text.replaceAll(path, '/dev/nothing')).toBe(unknown.text)
  }
})

test('where mail goes to a mail server there is nothing', async () => {
  const refuse = () => {
    throw new PurserError('notification.no_inbox', 'Mail goes to a mail server.')
  }
  const { ask } = await open({ listInboxMails: refuse, getInboxMail: refuse })
  for (const path of paths) expect((await ask(path)).status).toBe(404)
})

test.each([
  '/dev/inbox/mail_2',
  '/dev/inbox/mail_2/html',
  '/dev/inbox/%2e%2e%2f',
  '/dev/inbox/<b>',
])('there is no mail of another name: %s', async (path) => {
  const { ask } = await open()
  expect((await ask(path)).status).toBe(404)
})

test('neither links nor contents of mails are logged', async () => {
  const { ask, lines } = await open()
  for (const path of paths) await ask(path)
  expect(lines.join('\n')).not.toMatch(/alert|ann@example/)
})
