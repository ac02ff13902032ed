import { expect, test } from 'vitest'
import { normalizeEmail } from './user.ts'

test('an e-mail address has one spelling', () => {
  expect(normalizeEmail(' Jo.Doe@Example.COM\n')).toBe('jo.doe@example.com')
})
