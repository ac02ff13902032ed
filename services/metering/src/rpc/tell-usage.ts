import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import { limitHeaders, tellHeaders } from '@purser/rpc'
import type { LimitStanding, UsageAnswer } from '../limits/usage-request.ts'

const MS_PER_SECOND = 1_000

/**
 * Throws what a request that was not admitted is answered: `metering.feature_not_entitled`,
 * `metering.limit_exceeded` with the limit that refuses for longest, `metering.id_of_other_usage`.
 */
export function refuseUnlessAdmitted(answer: UsageAnswer): void {
  if (answer.verdict === 'id_of_other_usage') throw idOfOtherUsage()
  if (answer.verdict !== 'refused') return
  const missing = answer.features.find(({ reason }) => reason === 'feature_not_entitled')
  if (missing !== undefined) throw notEntitled(missing.featureKey)
  const refusing = answer.features.filter(({ reason }) => reason === 'limit_exceeded')
  const longest = refusing.reduce((a, b) => (retryMsOf(b.standing) > retryMsOf(a.standing) ? b : a))
  throw limitExceeded(longest.featureKey, longest.standing, answer.decidedMs)
}

/** The refusal of an id that names other usage. */
export function idOfOtherUsage(): PurserError {
  return new PurserError(
    'metering.id_of_other_usage',
    'The id was admitted before with another account, features, units or properties.',
  )
}

/** The refusal of a feature that no subscription of the account brings. */
export function notEntitled(featureKey: string): PurserError {
  return new PurserError(
    'metering.feature_not_entitled',
    `No plan of the account entitles to "${featureKey}".`,
    { details: { feature_key: featureKey } },
  )
}

/**
 * The refusal by a limit. Details: `feature_key`, `limit_key`, `limit`, `remaining`, `reset_seconds` and
 * `retry_after_seconds` (whole, rounded up), the latter left out when the units will never fit.
 */
export function limitExceeded(
  featureKey: string,
  standing: LimitStanding | undefined,
  decidedMs: number,
): PurserError {
  const reset = secondsUntil(standing?.resetMs, decidedMs)
  const retry = secondsUntil(standing?.retryMs, decidedMs)
  const name = `The limit "${standing?.limitKey}" of "${featureKey}"`
  return new PurserError(
    'metering.limit_exceeded',
    retry === undefined
      ? `${name} is less than the units: they will never fit.`
      : `${name} is reached; the units will fit in ${retry} s.`,
    {
      details: {
        feature_key: featureKey,
        limit_key: standing?.limitKey ?? '',
        limit: String(standing?.limit ?? 0),
        remaining: String(standing?.remaining ?? 0),
        ...(reset === undefined ? {} : { reset_seconds: String(reset) }),
        ...(retry === undefined ? {} : { retry_after_seconds: String(retry) }),
      },
    },
  )
}

/** Puts the limit with the smallest share left into the headers of the answer; its window's length when it is known. */
export function tellStanding(
  call: HandlerContext,
  answer: Pick<UsageAnswer, 'decidedMs' | 'features'>,
  windowSeconds?: number,
): void {
  let tightest: LimitStanding | undefined
  for (const { standing } of answer.features) {
    if (standing === undefined) continue
    if (tightest === undefined || shareLeft(standing) < shareLeft(tightest)) tightest = standing
  }
  if (tightest === undefined) return
  const { limitKey: name, limit, remaining, resetMs } = tightest
  const resetSeconds = secondsUntil(resetMs, answer.decidedMs)
  tellHeaders(call, limitHeaders({ name, limit, remaining, resetSeconds, windowSeconds }))
}

function shareLeft({ limit, remaining }: LimitStanding): number {
  return limit === 0 ? 0 : remaining / limit
}

function retryMsOf(standing: LimitStanding | undefined): number {
  return standing?.retryMs ?? Number.POSITIVE_INFINITY
}

function secondsUntil(epochMs: number | undefined, decidedMs: number): number | undefined {
  if (epochMs === undefined) return undefined
  return Math.max(1, Math.ceil((epochMs - decidedMs) / MS_PER_SECOND))
}
