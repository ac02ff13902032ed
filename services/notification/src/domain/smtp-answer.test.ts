import { expect, test } from 'vitest'
import { isBounce, outcomeOfFailure, type SmtpAnswer } from './smtp-answer.ts'

const answer = (code: number | undefined, command: string, text = ''): SmtpAnswer => ({
  code,
  command,
  text,
  impossible: false,
})

test.each<[SmtpAnswer, 'deferred' | 'refused']>([
  [answer(550, 'RCPT TO'), 'refused'],
  [answer(552, 'DATA'), 'refused'],
  [answer(553, 'MAIL FROM'), 'refused'],
  [answer(450, 'RCPT TO'), 'deferred'],
  [answer(421, 'DATA'), 'deferred'],
  [answer(undefined, 'CONN'), 'deferred'],
  // Our password or the server as a whole: no fault of this mail.
  [answer(535, 'AUTH PLAIN'), 'deferred'],
  [answer(554, 'CONN'), 'deferred'],
  [answer(502, 'EHLO'), 'deferred'],
  [{ ...answer(undefined, 'API'), impossible: true }, 'refused'],
])('%j is %s', (given, expected) => expect(outcomeOfFailure(given)).toBe(expected))

test.each<[string, string, boolean]>([
  ['550 5.1.1 <x@y>: no such user', 'RCPT TO', true],
  ['550-5.1.1 no such user', 'RCPT TO', true],
  ['556 5.1.10 takes no mail', 'RCPT TO', true],
  ['550 5.1.6 moved', 'DATA', true],
  ['550 no such user', 'RCPT TO', false],
  ['550 5.7.1 spam', 'DATA', false],
  ['550 5.1.12 something', 'RCPT TO', false],
  ['450 4.1.1 later', 'RCPT TO', false],
  ['550 5.1.1', 'EHLO', false],
])('%s to %s: nobody has the address: %s', (text, command, expected) => {
  expect(isBounce(answer(550, command, text))).toBe(expected)
})
