import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '@purser/testing'
import { expect, test } from 'vitest'
import { TemplateLibrary } from './template-library.ts'

const library = new TemplateLibrary(new URL('../../templates/', import.meta.url))

const parties = { senderName: 'Acme & Co', recipientName: 'Ann' }

function filled(key: string, value = (name: string) => `<${name}>`) {
  const names = library.neededBy(key, '')
  const variables = Object.fromEntries(names.map((name) => [name, value(name)]))
  return library.render(key, '', { ...parties, variables })
}

test('there is a template for everything that is written to people', () => {
  expect(library.keys()).toEqual([
    'account_invitation',
    'email_change_confirm',
    'email_changed_notice',
    'email_verification',
    'invitation',
    'invoice_ready',
    'order_confirmed',
    'order_parcel_failed',
    'order_refunded',
    'order_shipped',
    'password_changed_notice',
    'password_reset',
    'usage_alert',
  ])
})

test.each([
  ['email_verification', ['link', 'valid_for']],
  ['password_reset', ['link', 'valid_for']],
  ['email_change_confirm', ['link', 'new_email', 'valid_for']],
  ['email_changed_notice', ['new_email', 'time']],
  ['password_changed_notice', ['time']],
  ['account_invitation', ['account_name', 'inviter_name', 'link', 'role', 'valid_for']],
  ['invitation', ['inviter_name', 'link', 'role', 'valid_for']],
  ['order_confirmed', ['items', 'order_link', 'order_number', 'shipping_address', 'total']],
  ['order_shipped', ['carrier', 'items', 'order_number', 'tracking_link', 'tracking_number']],
  ['order_parcel_failed', ['carrier', 'items', 'order_number', 'tracking_number']],
  ['order_refunded', ['amount', 'order_number', 'reason']],
  ['invoice_ready', ['invoice_number', 'period', 'total']],
  ['usage_alert', ['feature_name', 'limit', 'note', 'percent', 'used']],
])('%s needs %j', (key, names) => expect(library.neededBy(key, '')).toEqual(names))

test.each(library.keys())('%s says everything in text and HTML, escaped in HTML alone', (key) => {
  const { subject, text, html } = filled(key)
  expect(subject).not.toMatch(/[\r\n]|\{\{/)
  for (const name of library.neededBy(key, '')) {
    expect(`${subject}${text}`).toContain(`<${name}>`)
    expect(html).toContain(`&lt;${name}&gt;`)
    expect(html).not.toContain(`<${name}>`)
  }
  expect(text).toContain('Hello Ann,')
  expect(text).toContain('Acme & Co')
  expect(html).toContain('Acme &amp; Co')
  expect(html).toMatch(/^<!doctype html>/)
  expect(text + html).not.toMatch(/\{\{|undefined|\[object/)
})

test.each(library.keys())('%s cannot be rendered with a variable missing', (key) => {
  for (const missing of library.neededBy(key, '')) {
    const names = library.neededBy(key, '').filter((name) => name !== missing)
    const variables = Object.fromEntries(names.map((name) => [name, 'x']))
    expect(() => library.render(key, '', { ...parties, variables })).toThrow(missing)
  }
})

test('values that are empty leave their part of the mail out', () => {
  const { text, html } = filled('order_confirmed', (name) => (name === 'items' ? '1 × Mug' : ''))
  expect(text).not.toContain('See your order')
  expect(html).not.toContain('<a href')
  expect(text).toContain('- 1 × Mug')
})

test('nobody is greeted by an address, and a value is never a template', () => {
  const variables = { time: '{{sender_name}} {{constructor}}' }
  const content = library.render('password_changed_notice', '', {
    senderName: 'Acme',
    recipientName: 'Win at https://evil.test',
    variables,
  })
  expect(content.text).not.toContain('Hello')
  expect(content.text + content.html).not.toContain('evil.test')
  expect(content.text).toContain('{{sender_name}} {{constructor}}')
})

test('an unknown template is refused with those that there are', () => {
  for (const key of ['none', 'layout', 'de/invitation', 'constructor', '../layout']) {
    expect(() => library.neededBy(key, '')).toThrowError(
      expect.objectContaining({ code: 'notification.unknown_template' }),
    )
  }
})

test('a translation is taken by its language, English where there is none', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'partials'))
  await mkdir(join(folder.path, 'de'))
  const write = (name: string, text: string) => writeFile(join(folder.path, name), text)
  await write('layout.text.hbs', '{{body}}')
  await write('layout.html.hbs', '{{language}} {{{body}}}')
  for (const part of ['subject', 'text', 'html']) {
    await write(`hello.${part}.hbs`, 'Hello {{place}}')
    await write(`de/hello.${part}.hbs`, 'Hallo {{ort}}')
    await write(`bye.${part}.hbs`, 'Bye')
  }
  const own = new TemplateLibrary(pathToFileURL(`${folder.path}/`))
  const render = (key: string, locale: string) =>
    own.render(key, locale, { ...parties, variables: { place: 'P', ort: 'O' } })
  expect(render('hello', 'de-AT')).toEqual({
    subject: 'Hallo O',
    text: 'Hallo O',
    html: 'de Hallo O',
  })
  expect(render('hello', 'fr').html).toBe('en Hello P')
  expect(render('hello', '').html).toBe('en Hello P')
  expect(render('bye', 'DE').html).toBe('en Bye')
  expect(own.neededBy('hello', 'de')).toEqual(['ort'])
  expect(own.keys()).toEqual(['bye', 'hello'])
})
