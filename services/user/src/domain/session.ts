/** A sign-in on one device: the family of its refresh tokens. */
export type Session = {
  sessionId: string
  userId: string
  /** Program that signed in, as it named itself; empty when it did not. */
  userAgent: string
  createdAt: Temporal.Instant
  /** When its tokens were exchanged last. */
  refreshedAt: Temporal.Instant
  /** Exclusive; moves on at each exchange. */
  expiresAt: Temporal.Instant
  revokedAt: Temporal.Instant | undefined
}

const refreshLifetimeHours = 30 * 24

/** When a refresh token given out at `now`, and a session that is not refreshed again, ends. */
export function refreshExpiry(now: Temporal.Instant): Temporal.Instant {
  return now.add({ hours: refreshLifetimeHours })
}

/** When the session ended; undefined while it lasts. */
export function sessionEnd(
  session: Pick<Session, 'expiresAt' | 'revokedAt'>,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  if (session.revokedAt !== undefined) return session.revokedAt
  return Temporal.Instant.compare(now, session.expiresAt) < 0 ? undefined : session.expiresAt
}
