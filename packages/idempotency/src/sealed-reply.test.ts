import { expect, test } from 'vitest'
import { openReply, sealReply } from './sealed-reply.ts'

const reply = Buffer.from('a secret that is shown once')

test('who has the key reads the reply again', () => {
  const sealed = sealReply(reply, 'key-1', 'user:u1')
  expect(openReply(sealed, 'key-1', 'user:u1')).toEqual(reply)
  expect(sealed.includes(reply)).toBe(false)
})

test.each([
  ['another key', 'key-2', 'user:u1'],
  ['another principal', 'key-1', 'user:u2'],
])('%s opens nothing', (_name, key, principal) => {
  const sealed = sealReply(reply, 'key-1', 'user:u1')
  expect(() => openReply(sealed, key, principal)).toThrow()
})

test('changed bytes open nothing', () => {
  const sealed = sealReply(reply, 'key-1', 'user:u1')
  sealed[14] = (sealed[14] ?? 0) ^ 1
  expect(() => openReply(sealed, 'key-1', 'user:u1')).toThrow()
})
