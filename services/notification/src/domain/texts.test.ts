import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkVariables } from './check-variables.ts'
import { greetingName } from './greeting-name.ts'
import { headerText } from './header-text.ts'
import { REDACTED } from './message.ts'
import { redact } from './redact.ts'

test('a header is one short line without controls, and stays so', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 400 })
  fc.assert(
    fc.property(anyText, (text) => {
      const line = headerText(text)
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      expect([...line].length).toBeLessThanOrEqual(200)
      expect(headerText(line)).toBe(line)
    }),
  )
  expect(headerText('  Ann\r\nBcc: eve@evil.test\0 ')).toBe('Ann Bcc: eve@evil.test')
  expect(headerText('a\u202egpj.exe')).toBe('a gpj.exe')
  expect(headerText('Zoë 株式会社 👩‍🚀')).toBe('Zoë 株式会社 👩‍🚀')
})

test.each(['Ann', 'Dr. Zoë Ångström', 'J. R. R. Tolkien', "O'Neill & Söhne", '株式会社'])(
  'a name is greeted: %s',
  (name) => expect(greetingName(name)).toBe(name),
)

test.each([
  'https://evil.test',
  'Win at evil.test now',
  'www.evil',
  'eve@evil.test',
  'Ann evil.example/win',
  'пример.рф',
])('an address is no name: %s', (name) => expect(greetingName(name)).toBe(''))

test('no secret is left of a text, also one that holds another', () => {
  expect(redact('abcabc abc', ['abc', 'abcabc', ''])).toBe(`${REDACTED} ${REDACTED}`)
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (before, secret, after) => {
      fc.pre(!REDACTED.includes(secret))
      const rest = redact(before + secret + after, [secret])
      expect(rest.replaceAll(REDACTED, '\0')).not.toContain(secret)
    }),
  )
})

const noSecrets = { secretVariables: {} }

test.each(['https://x.test/?a=1', 'http://localhost:3000/verify', ''])(
  'a link may be %j',
  (link) => {
    const check = () => checkVariables('t', ['link'], { variables: { link }, ...noSecrets })
    expect(check).not.toThrow()
  },
)

test.each(['javascript:alert(1)', 'x.test', '//x.test', 'https://x.test/ y', 'data:text/html,x'])(
  'a link is not %j',
  (link) => {
    const refused = () => checkVariables('t', [], { variables: { order_link: link }, ...noSecrets })
    expect(refused).toThrowError(
      expect.objectContaining({
        fields: [expect.objectContaining({ field: 'variables.order_link' })],
      }),
    )
  },
)

test('names of objects are missing like any other, and a value is told once', () => {
  expect(() => checkVariables('t', ['constructor'], { variables: {}, ...noSecrets })).toThrowError(
    expect.objectContaining({ code: 'notification.missing_variable' }),
  )
  const twice = { variables: { code: '1' }, secretVariables: { code: '2' } }
  expect(() => checkVariables('t', ['code'], twice)).toThrowError(
    expect.objectContaining({ code: 'request.invalid' }),
  )
})
