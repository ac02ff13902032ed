/**
 * A credential of a program, without its secret. It works from its creation until it is revoked or
 * expires, whichever comes first, and never again after that.
 */
export type ApiKey = {
  apiKeyId: string
  name: string
  /** First characters of the secret, for people to recognize it by. */
  prefix: string
  /** Names, or names that end in a wildcard; see `holdsPermission`. */
  permissions: readonly string[]
  createdAt: Temporal.Instant
  /** Exclusive; undefined for never. */
  expiresAt: Temporal.Instant | undefined
  /** Undefined while it works. */
  revokedAt: Temporal.Instant | undefined
}

/** Whether the key may still be used at `now`. */
export function isUsable(
  key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>,
  now: Temporal.Instant,
): boolean {
  if (key.revokedAt !== undefined) return false
  return key.expiresAt === undefined || Temporal.Instant.compare(now, key.expiresAt) < 0
}
