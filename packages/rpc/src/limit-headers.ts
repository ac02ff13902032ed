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
])

/**
 * The headers that tell a client where it stands: `RateLimit` and `RateLimit-Policy` as in
 * draft-ietf-httpapi-ratelimit-headers-10, and the older names that many clients read. Seconds, since clocks
 * of clients differ.
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
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetSeconds ?? 0),
    ratelimit: `"${name}";r=${remaining}${reset}`,
    'ratelimit-policy': `"${name}";q=${limit}${window}`,
  }
}
