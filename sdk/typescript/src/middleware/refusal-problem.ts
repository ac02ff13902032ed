import type { Refusal } from '../limiter/decision.ts'
import { tellStanding } from './limit-headers.ts'
import type { Verdict } from './protection.ts'

/** What a refused request is answered: problem details of RFC 9457 as the service words them. */
export type RefusalAnswer = {
  status: 401 | 403 | 429 | 503
  headers: Record<string, string>
  /** JSON text. */
  body: string
}

const PROBLEM_TYPE = 'application/problem+json'

/** The answer to a refused request, with the countdown in its body and its headers. */
export function answerRefusal(
  feature: string,
  verdict: Exclude<Verdict, { allowed: true }>,
): RefusalAnswer {
  const { code, status, title, detail, ...details } = problemOf(feature, verdict)
  const type = `/problems/${code}`
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE }
  if (verdict.reason === 'no_account') headers['www-authenticate'] = 'Bearer'
  else {
    tellStanding(verdict, (name, value) => {
      headers[name] = value
    })
    if (verdict.retryAfterSeconds !== undefined) {
      headers['retry-after'] = String(verdict.retryAfterSeconds)
    }
  }
  return {
    status,
    headers,
    body: JSON.stringify({ type, title, status, detail, code, ...details }),
  }
}

function problemOf(feature: string, verdict: Exclude<Verdict, { allowed: true }>) {
  switch (verdict.reason) {
    case 'limit_exceeded':
      return limitProblem(feature, verdict)
    case 'feature_not_entitled':
      return {
        code: 'metering.feature_not_entitled',
        status: 403,
        title: 'Not permitted',
        detail: `No plan of the account entitles to "${feature}".`,
        feature_key: feature,
      } as const
    case 'unreachable':
      return {
        code: 'metering.unreachable',
        status: 503,
        title: 'Unavailable',
        detail: `Whether "${feature}" may be used cannot be decided at the moment.`,
        feature_key: feature,
      } as const
    case 'no_account':
      return {
        code: 'auth.missing_credentials',
        status: 401,
        title: 'Credentials needed',
        detail: 'The request names no account.',
      } as const
  }
}

function limitProblem(feature: string, refusal: Refusal) {
  const { limitKey, limit, remaining, resetSeconds: reset, retryAfterSeconds: retry } = refusal
  const name = `The limit "${limitKey}" of "${feature}"`
  return {
    code: 'metering.limit_exceeded',
    status: 429,
    title: 'Limit reached',
    detail:
      retry === undefined
        ? `${name} is less than the units: they will never fit.`
        : `${name} is reached; the units will fit in ${retry} s.`,
    feature_key: feature,
    limit_key: limitKey,
    limit: String(limit),
    remaining: String(remaining),
    ...(reset === undefined ? {} : { reset_seconds: String(reset) }),
    ...(retry === undefined ? {} : { retry_after_seconds: String(retry) }),
  } as const
}
