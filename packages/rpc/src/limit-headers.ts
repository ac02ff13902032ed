/** Where a caller stands with one limit. */
export type LimitStanding = {
  /** Name of the limit, of letters, digits, `-`, `_` and `.`. */
  name: string
  /** Units in a window. */
  limit: bigint | number | string
  /** Units left now, 0 or more. */
  remaining: bigint | number | string
  /** Whole seconds until units come back; undefined when none are out. */
  resetSeconds: number | string | undefined
  /** Length of the window in seconds; undefined when it has none, such as a month, or is not known. */
  windowSeconds?: number | string | undefined
}

/** Names of the headers that a method may set on an answer and that reach the client over HTTP. */
export const forwardedHeaders: ReadonlySet<string> = new Set([
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'ratelimit',
  'ratelimit-policy',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
])

/**
 * The headers that tell a client where it stands: `RateLimit` and `RateLimit-Policy` as in
 * draft-ietf-httpapi-ratelimit-headers-10, and the older names that many clients read, those of
 * draft-polli-ratelimit-headers-02 included. They take the place of every header in which the gateway tells its own
 * limit, so that an answer speaks of one limit alone. Seconds, since clocks of clients differ.
 */
export function limitHeaders({
  name,
  limit,
  remaining,
  resetSeconds,
  windowSeconds,
}: LimitStanding): Record<string, string> {
  const reset = resetSeconds === undefined ? '' : `;t=${resetSeconds}`
  const window = windowSeconds === undefined ? '' : `;w=${windowSeconds}`
  const units = String(limit)
  const left = String(remaining)
  const seconds = String(resetSeconds ?? 0)
  return {
    'x-ratelimit-limit': units,
    'x-ratelimit-remaining': left,
    'x-ratelimit-reset': seconds,
    'ratelimit-limit': units,
    'ratelimit-remaining': left,
    'ratelimit-reset': seconds,
    ratelimit: `"${name}";r=${remaining}${reset}`,
    'ratelimit-policy': `"${name}";q=${limit}${window}`,
  }
}
