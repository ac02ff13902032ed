import { expect, test } from 'vitest'
import { refreshExpiry, sessionEnd } from './session.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')

test('a session lasts 30 days from its last exchange, the end not included', () => {
  const session = { expiresAt: refreshExpiry(now), revokedAt: undefined }
  expect(session.expiresAt.toString()).toBe('2026-03-17T12:00:00Z')
  expect(sessionEnd(session, session.expiresAt.subtract({ nanoseconds: 1 }))).toBeUndefined()
  expect(sessionEnd(session, session.expiresAt)).toEqual(session.expiresAt)
})

test('a revoked session ended when it was revoked', () => {
  const session = { expiresAt: refreshExpiry(now), revokedAt: now }
  expect(sessionEnd(session, refreshExpiry(now))).toEqual(now)
})
