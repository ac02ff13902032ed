import type { Context, MiddlewareHandler, Next } from 'hono'
import { tellerOf } from './middleware/limit-headers.ts'
import { type ProtectOptions, protect, type Verdict } from './middleware/protection.ts'
import { answerRefusal } from './middleware/refusal-problem.ts'

/**
 * Lets a request through when the account's plan does, and tells in headers where it stands:
 * `app.get('/widgets', limit({ purser, feature: 'widgets', account }), handler)`. Refused, it is answered 429, 403,
 * 401 or, in an outage, 503, as problem details. What goes wrong is thrown, for `app.onError`.
 */
export function limit(options: ProtectOptions<Context>): MiddlewareHandler {
  const decide = protect(options)
  const tellStanding = tellerOf(options)
  const { feature } = options
  const answer = (verdict: Verdict, c: Context, next: Next): Promise<Response | void> => {
    if (!verdict.allowed) {
      const { status, headers, body } = answerRefusal(feature, verdict)
      return Promise.resolve(new Response(body, { status, headers }))
    }
    const outgoing = outgoingOf(c)
    if (outgoing) tellStanding(verdict, (name, value) => outgoing.setHeader(name, value))
    else tellStanding(verdict, (name, value) => c.header(name, value))
    return next()
  }
  return (c, next) => {
    const decision = decide(c)
    if ('then' in decision) return decision.then((verdict) => answer(verdict, c, next))
    return answer(decision, c, next)
  }
}

type Outgoing = { setHeader(name: string, value: string): unknown }

/**
 * Node's answer behind `@hono/node-server` (`HttpBindings`); undefined elsewhere. Headers set there keep Hono on its
 * short way from body to socket, which the first header on the context ends.
 */
function outgoingOf(c: Context): Outgoing | undefined {
  const { outgoing } = (c.env ?? {}) as { outgoing?: Partial<Outgoing> }
  return typeof outgoing?.setHeader === 'function' ? (outgoing as Outgoing) : undefined
}
