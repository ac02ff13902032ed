import { expect, test } from 'vitest'
import { isUsable } from './api-key.ts'

const now = Temporal.Instant.from('2026-02-01T00:00:00Z')
const before = now.subtract({ seconds: 1 })
const after = now.add({ seconds: 1 })

test.each([
  ['never revoked, never expiring', undefined, undefined, true],
  ['expiring later', after, undefined, true],
  ['expiring at this instant', now, undefined, false],
  ['expired', before, undefined, false],
  ['revoked', undefined, before, false],
  ['revoked before it would expire', after, before, false],
])('a key %s', (_name, expiresAt, revokedAt, usable) => {
  expect(isUsable({ expiresAt, revokedAt }, now)).toBe(usable)
})
