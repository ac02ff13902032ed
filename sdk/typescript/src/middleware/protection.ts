import type { OutagePolicy } from '../gen/contract.ts'
import type { Decision } from '../limiter/decision.ts'
import type { Limiter } from '../limiter/limiter.ts'
import { newId } from '../new-id.ts'
import type { Purser } from '../purser.ts'

/** What stands in front of a route. */
export type ProtectOptions<Request> = {
  purser: Purser
  /** Feature that the route uses. */
  feature: string
  /** Account that the request belongs to, as something before this has authenticated it; without one it is refused. */
  account: (request: Request) => string | undefined
  /** Units that a request uses, whole, from 1; 1 when left out. */
  quantity?: number | ((request: Request) => number)
  /**
   * `direct`: the service decides each request and has recorded it before the route runs. `lease`: this process
   * decides from borrowed units and reports them within a second. `direct` when left out.
   */
  mode?: 'direct' | 'lease'
  /** Limiter of mode `lease`, to share among routes; one of its own when left out. */
  limiter?: Limiter
  /** Identifier of the request for mode `direct`: the same again counts once. Made when left out. */
  id?: (request: Request) => string | undefined
  /**
   * Which answers tell the standing in headers: all, or only refusals. In mode `lease` the five headers are most of
   * what a request costs. `always` when left out.
   */
  headers?: 'always' | 'refusals'
  /** Rule for outages, as long as the service has not told one; `closed` when left out. */
  onOutage?: OutagePolicy
}

/** A decision, or that the request belongs to nobody. */
export type Verdict = Decision | { allowed: false; reason: 'no_account' }

/** Decides requests: at once where a lease can, so that a route waits for nothing. */
export function protect<Request>(
  options: ProtectOptions<Request>,
): (request: Request) => Verdict | Promise<Verdict> {
  const { feature, account, quantity = 1 } = options
  const unitsOf = typeof quantity === 'number' ? () => quantity : quantity
  const decide = deciderOf(options)
  return (request) => {
    const accountId = account(request)
    if (accountId === undefined || accountId === '') return { allowed: false, reason: 'no_account' }
    const decision = decide({ accountId, featureKey: feature, units: unitsOf(request) }, request)
    return 'then' in decision ? decision.catch(refuseToBlameCaller) : decision
  }
}

/** Frameworks answer the `status` of an error, but that a key of ours is wrong is not the caller's 401. */
function refuseToBlameCaller(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : String(cause)
  throw new Error(`Purser did not decide: ${message}`, { cause })
}

type Decide<Request> = (
  wish: { accountId: string; featureKey: string; units: number },
  request: Request,
) => Decision | Promise<Decision>

function deciderOf<Request>(options: ProtectOptions<Request>): Decide<Request> {
  const { purser, mode = 'direct', id: idOf, onOutage = 'closed' } = options
  if (mode === 'direct') {
    return (wish, request) => {
      const id = idOf?.(request) ?? newId('use')
      return purser.usage.decide(wish, { id, onOutage })
    }
  }
  const limiter = options.limiter ?? purser.limiter({ onOutage })
  return ({ accountId, featureKey, units }) =>
    limiter.tryConsume(accountId, featureKey, units) ??
    limiter.consume(accountId, featureKey, units)
}
