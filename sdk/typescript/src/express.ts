import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { tellerOf } from './middleware/limit-headers.ts'
import { type ProtectOptions, protect, type Verdict } from './middleware/protection.ts'
import { answerRefusal } from './middleware/refusal-problem.ts'

/**
 * Lets a request through when the account's plan does, and tells in headers where it stands:
 * `app.get('/widgets', limit({ purser, feature: 'widgets', account }), handler)`. Refused, it is answered 429, 403,
 * 401 or, in an outage, 503, as problem details. What goes wrong is handed to Express.
 */
export function limit(options: ProtectOptions<Request>): RequestHandler {
  const decide = protect(options)
  const tellStanding = tellerOf(options)
  const { feature } = options
  const answer = (verdict: Verdict, res: Response, next: () => void) => {
    if (verdict.allowed) {
      tellStanding(verdict, (name, value) => res.setHeader(name, value))
      next()
      return
    }
    const { status, headers, body } = answerRefusal(feature, verdict)
    res.writeHead(status, headers).end(body)
  }
  const answerLater = async (verdict: Promise<Verdict>, res: Response, next: NextFunction) => {
    try {
      answer(await verdict, res, next)
    } catch (error) {
      next(error)
    }
  }
  return (req, res, next) => {
    const verdict = decide(req)
    if ('then' in verdict) void answerLater(verdict, res, next)
    else answer(verdict, res, next)
  }
}
