import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

test('a password is hashed with Argon2id, 19 MiB, twice, salted', async () => {
  const [one, other] = await Promise.all([hashPassword('same words'), hashPassword('same words')])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(other).not.toBe(one)
  expect(await verifyPassword(one, 'same words')).toBe(true)
  expect(await verifyPassword(one, 'Same words')).toBe(false)
})

test('one character in two spellings is one password', async () => {
  const hash = await hashPassword('cafe\u0301 au lait')
  expect(await verifyPassword(hash, 'caf\u00e9 au lait')).toBe(true)
})

test('no password matches no hash, the dummy one neither', async () => {
  for (const password of ['dummy', '', 'anything']) {
    expect(await verifyPassword(undefined, password)).toBe(false)
  }
})
