import { mayPass } from './backoff.ts'
import type { ConsumeUsageResponse, OutagePolicy } from './gen/contract.ts'
import type { CallOptions, HttpClient } from './http-client.ts'
import type { Refusal, Standing } from './limiter/decision.ts'
import { LimitExceeded, PurserProblem, PurserUnreachable } from './purser-problem.ts'

/** Units of a feature that an account uses. */
export type Wish = {
  accountId: string
  featureKey: string
  /** Whole, from 1. */
  units: number
  /** Further facts, by which usage may be grouped. */
  properties?: Record<string, string> | undefined
}

/** What became of a question: an answer, a refusal by a limit with the rule for outages if it was told, or nothing. */
export type Reply<Granted> =
  | Granted
  | { refusal: Refusal; onOutage: OutagePolicy | undefined }
  | { unreachable: unknown }

/** Where the account stands after its units, and the rule for outages if it was asked for. */
export type Recorded = { standing: Standing; onOutage: OutagePolicy | undefined }

/**
 * Records units at once, if they fit. With the same id again, they count once. `asksRule`: whether to ask for the rule
 * for outages too.
 */
export async function consumeUnits(
  http: HttpClient,
  { accountId, featureKey, units, properties }: Wish,
  { id, asksRule, ...options }: CallOptions & { id: string; asksRule: boolean },
): Promise<Reply<Recorded>> {
  const features = [{ feature_key: featureKey, quantity: units }]
  const body = {
    account_id: accountId,
    features,
    id,
    ...(properties ? { properties } : {}),
    ...(asksRule ? { tell_on_outage: true } : {}),
  }
  const reply = await decided(() => http.call<ConsumeUsageResponse>('consume', body, options))
  if (!('body' in reply)) return reply
  const [feature] = reply.body.features
  const reset = Number(reply.headers.get('x-ratelimit-reset') ?? 0)
  return {
    standing: {
      limitKey: feature?.limit_key ?? '',
      limit: feature?.limit ?? 0,
      remaining: feature?.remaining ?? 0,
      resetSeconds: reset > 0 ? reset : undefined,
    },
    onOutage: feature?.on_outage,
  }
}

/** Whether an error means that the service cannot answer now. */
export function isOutage(error: unknown): boolean {
  if (error instanceof PurserUnreachable) return true
  if (!(error instanceof PurserProblem)) return false
  return error.status >= 500 || mayPass(error.status, error.code)
}

/** Makes decisions and outages answers. Anything else is thrown, such as a key without permission. */
export async function decided<Answer extends object>(
  call: () => Promise<Answer>,
): Promise<Reply<Answer>> {
  try {
    return await call()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal) return { refusal, onOutage: ruleOf(error) }
    if (isOutage(error)) return { unreachable: error }
    throw error
  }
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof LimitExceeded) {
    const { limitKey, limit, remaining, resetSeconds, retryAfterSeconds } = error
    const standing = { limitKey, limit, remaining, resetSeconds }
    return { allowed: false, reason: 'limit_exceeded', ...standing, retryAfterSeconds }
  }
  if (!(error instanceof PurserProblem)) return undefined
  if (error.code !== 'metering.feature_not_entitled') return undefined
  return {
    allowed: false,
    reason: 'feature_not_entitled',
    limitKey: '',
    limit: 0,
    remaining: 0,
    resetSeconds: undefined,
    retryAfterSeconds: undefined,
  }
}

/** The rule for outages that a refusal by a limit told. */
function ruleOf(error: unknown): OutagePolicy | undefined {
  if (!(error instanceof LimitExceeded)) return undefined
  const { on_outage: rule } = error.problem
  return rule === 'open' || rule === 'closed' ? rule : undefined
}
