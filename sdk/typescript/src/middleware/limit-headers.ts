import type { Standing } from '../limiter/decision.ts'

type TellStanding = (standing: Standing, tell: (name: string, value: string) => void) => void

/** What tells the standing of an admitted request, as a route wishes. */
export function tellerOf({
  headers = 'always',
}: {
  headers?: 'always' | 'refusals'
}): TellStanding {
  return headers === 'always' ? tellStanding : () => {}
}

/**
 * Tells each header that says where the caller stands: `RateLimit` and `RateLimit-Policy` as in
 * draft-ietf-httpapi-ratelimit-headers-10, and the older names. Nothing without a limit. Names in lower case.
 */
export function tellStanding(
  { limitKey, limit, remaining, resetSeconds }: Standing,
  tell: (name: string, value: string) => void,
): void {
  if (limitKey === '') return
  const left = String(remaining)
  const reset = resetSeconds === undefined ? '' : `;t=${resetSeconds}`
  tell('x-ratelimit-limit', String(limit))
  tell('x-ratelimit-remaining', left)
  tell('x-ratelimit-reset', String(resetSeconds ?? 0))
  tell('ratelimit', `"${limitKey}";r=${left}${reset}`)
  tell('ratelimit-policy', `"${limitKey}";q=${limit}`)
}
