import type { Client } from '@connectrpc/connect'
import type { ResolveSessionResponse, UserService } from '@purser/contracts/user/v1/user'
import { asService, type Principal } from '@purser/rpc'
import type { AccessClaims } from './access-token.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { VerdictCache } from './verdict-cache.ts'

/** Asks whether the sessions of verified tokens last, and what their people may do now. */
export class SessionResolver {
  readonly #user: Client<typeof UserService>
  readonly #sessions: VerdictCache<ResolveSessionResponse>

  constructor(user: Client<typeof UserService>, nowMs: () => number) {
    this.#user = user
    this.#sessions = new VerdictCache(nowMs)
  }

  /** The person of a session. Throws `auth.invalid_credentials` when the token is not theirs, or what the service says. */
  async resolve(claims: AccessClaims): Promise<{ principal: Principal; sessionId: string }> {
    const { tenant, sessionId, userId } = claims
    // Neither holds a slash.
    const session = await this.#sessions.get(`${tenant}/${sessionId}`, () =>
      this.#user.resolveSession({ tenant, sessionId }, asService('gateway', '*')),
    )
    if (session.userId !== userId) throw invalidCredentials()
    const { permissions } = session
    return { principal: { kind: 'user', id: userId, tenant, permissions }, sessionId }
  }
}
