/** Who made a key: the principal of the request. */
export type ApiKeyCreator = { kind: 'user' | 'api_key' | 'service'; id: string }

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
  /** Undefined for a key from before this was kept. */
  createdBy: ApiKeyCreator | undefined
  /** Exclusive; undefined for never. */
  expiresAt: Temporal.Instant | undefined
  /** Undefined while it works. */
  revokedAt: Temporal.Instant | undefined
  /** When it was presented last, to a minute; undefined for never. */
  lastUsedAt: Temporal.Instant | undefined
  /** When it got its present secret; undefined for its first one. */
  rotatedAt: Temporal.Instant | undefined
}

/** Whether the key may still be used at `now`. */
export function isUsable(
  key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>,
  now: Temporal.Instant,
): boolean {
  if (key.revokedAt !== undefined) return false
  return key.expiresAt === undefined || Temporal.Instant.compare(now, key.expiresAt) < 0
}

/** The earlier of two instants, either of which may be never. */
export function earlier(
  one: Temporal.Instant | undefined,
  other: Temporal.Instant | undefined,
): Temporal.Instant | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Temporal.Instant.compare(one, other) < 0 ? one : other
}
