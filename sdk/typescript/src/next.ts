import type { NextRequest } from 'next/server.js'
import { tellerOf } from './middleware/limit-headers.ts'
import { type ProtectOptions, protect } from './middleware/protection.ts'
import { answerRefusal } from './middleware/refusal-problem.ts'

/** What the plan says to a request: a refusal to answer as it is, or headers for the answer. */
export type Limited =
  | { refusal: Response; headers: Headers }
  | { refusal?: never; headers: Headers }

/**
 * Decides requests in `proxy.ts`: `const { refusal, headers } = await check(request)`, then
 * `return refusal ?? NextResponse.next({ headers })`.
 */
export function limit(
  options: ProtectOptions<NextRequest>,
): (request: NextRequest) => Promise<Limited> {
  const decide = protect(options)
  const tellStanding = tellerOf(options)
  return async (request) => {
    const verdict = await decide(request)
    if (!verdict.allowed) {
      const { status, headers, body } = answerRefusal(options.feature, verdict)
      const refusal = new Response(body, { status, headers })
      return { refusal, headers: refusal.headers }
    }
    const headers = new Headers()
    tellStanding(verdict, (name, value) => headers.set(name, value))
    return { headers }
  }
}

/** A route handler of the App Router, whatever its second argument is. */
export type RouteHandler<Context> = (
  request: NextRequest,
  context: Context,
) => Response | Promise<Response>

/**
 * A route handler that runs when the account's plan lets it:
 * `export const GET = withLimit({ purser, feature: 'widgets', account }, handler)`. Refused, the request is answered
 * 429, 403, 401 or, in an outage, 503, as problem details.
 */
export function withLimit<Context>(
  options: ProtectOptions<NextRequest>,
  handler: RouteHandler<Context>,
): (request: NextRequest, context: Context) => Promise<Response> {
  const check = limit(options)
  return async (request, context) => {
    const { refusal, headers } = await check(request)
    if (refusal) return refusal
    const response = await handler(request, context)
    // Headers of an answer that was fetched cannot be changed.
    const answer = new Response(response.body, response)
    for (const [name, value] of headers) answer.headers.set(name, value)
    return answer
  }
}
