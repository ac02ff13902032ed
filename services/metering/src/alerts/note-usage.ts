import type { HandlerContext } from '@connectrpc/connect'
import type { TouchedUsage } from './touched-usage.ts'

/** A request that names the features that it counts. */
type NamingRequest = { tenant: string; accountId: string } & (
  | { features: readonly { featureKey: string }[] }
  | { featureKey: string }
)

/** The method, which notes what it has counted once it is stored: alerts look there. A refusal counts nothing. */
export function noteUsage<Request extends NamingRequest, Answer>(
  touched: TouchedUsage,
  method: (req: Request, call: HandlerContext) => Promise<Answer>,
): (req: Request, call: HandlerContext) => Promise<Answer> {
  return async (req, call) => {
    const answer = await method(req, call)
    const { tenant, accountId } = req
    if ('featureKey' in req) touched.add(tenant, accountId, req.featureKey)
    else for (const { featureKey } of req.features) touched.add(tenant, accountId, featureKey)
    return answer
  }
}
