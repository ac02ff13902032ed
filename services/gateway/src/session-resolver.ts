import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { asService } from '@purser/rpc'
import type { AccessClaims } from './access-token.ts'
import type { Caller } from './authenticate.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { VerdictCache } from './verdict-cache.ts'

/** Asks whether the sessions of verified tokens last, and what their people may do now. */
export class SessionResolver {
  readonly #user: Client<typeof UserService>
  readonly #sessions: VerdictCache<Caller>

  constructor(user: Client<typeof UserService>, nowMs: () => number) {
    this.#user = user
    this.#sessions = new VerdictCache(nowMs)
  }

  /** What `resolve` would answer, without waiting; undefined when the service has to be asked. */
  recall(claims: AccessClaims): Caller | undefined {
    const caller = this.#sessions.recall(keyOf(claims))
    return caller?.principal.id === claims.userId ? caller : undefined
  }

  /** The person of a session. Throws `auth.invalid_credentials` when the token is not theirs, or what the service says. */
  async resolve(claims: AccessClaims): Promise<Caller> {
    const { tenant, sessionId, userId } = claims
    const caller = await this.#sessions.get(keyOf(claims), async () => {
      const as = asService('gateway', '*')
      const session = await this.#user.resolveSession({ tenant, sessionId }, as)
      const { userId: id, permissions } = session
      return { principal: { kind: 'user', id, tenant, permissions }, sessionId }
    })
    if (caller.principal.id !== userId) throw invalidCredentials()
    return caller
  }
}

/** Neither holds a slash. */
function keyOf({ tenant, sessionId }: AccessClaims): string {
  return `${tenant}/${sessionId}`
}
