import type {
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestHookHandler,
} from 'fastify'
import { tellerOf } from './middleware/limit-headers.ts'
import { type ProtectOptions, protect, type Verdict } from './middleware/protection.ts'
import { answerRefusal } from './middleware/refusal-problem.ts'

/**
 * A hook that lets a request through when the account's plan does, and tells in headers where it stands:
 * `app.get('/widgets', { onRequest: limit({ purser, feature: 'widgets', account }) }, handler)`. Refused, it is
 * answered 429, 403, 401 or, in an outage, 503, as problem details. What goes wrong is handed to Fastify.
 */
export function limit(options: ProtectOptions<FastifyRequest>): onRequestHookHandler {
  const decide = protect(options)
  const tellStanding = tellerOf(options)
  const { feature } = options
  const answer = (verdict: Verdict, reply: FastifyReply, done: () => void) => {
    if (verdict.allowed) {
      tellStanding(verdict, (name, value) => reply.header(name, value))
      done()
      return
    }
    const { status, headers, body } = answerRefusal(feature, verdict)
    void reply.code(status).headers(headers).send(body)
  }
  const answerLater = async (
    verdict: Promise<Verdict>,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ) => {
    try {
      answer(await verdict, reply, done)
    } catch (error) {
      done(error as Error)
    }
  }
  return (request, reply, done) => {
    const verdict = decide(request)
    if ('then' in verdict) void answerLater(verdict, reply, done)
    else answer(verdict, reply, done)
  }
}
