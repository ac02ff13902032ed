import type { HandlerContext } from '@connectrpc/connect'
import type { SignInWithSecondFactorRequest } from '@purser/contracts/user/v1/credentials'
import type { SignInResponse } from '@purser/contracts/user/v1/user'
import { readOpaqueToken } from '../../domain/opaque-token.ts'
import { findChallengedUserId, takeChallenge } from '../../store/sign-in-challenge.ts'
import { lockUser } from '../../store/tenant-user.ts'
import { invalidCredentials } from '../invalid-credentials.ts'
import { openSession } from '../sign-in-answer.ts'
import type { SignInContext } from '../sign-in-context.ts'
import { acceptSecondFactor, countSecondFactor } from './second-factor.ts'

const purpose = 'second_factor'

/**
 * Signs in whoever brought the password before and brings a code now. A wrong code leaves the
 * challenge as it is, for the next attempt. Throws `auth.invalid_credentials` for a challenge that
 * is unknown, used, expired, or of a person whose password or app changed since;
 * `auth.too_many_attempts`, `auth.wrong_code`.
 */
export function signInWithSecondFactor(ctx: SignInContext) {
  return async (
    { challenge, proof }: SignInWithSecondFactorRequest,
    call: HandlerContext,
  ): Promise<SignInResponse> => {
    const token = readOpaqueToken('sf', challenge)
    if (token === undefined) throw invalidCredentials()
    const { tenantId, secretHash } = token
    const now = ctx.clock.now().round('microsecond')
    const presented = { secretHash, purpose, now } as const
    const person = await ctx.db.tx(tenantId, async (tx) => {
      const userId = await findChallengedUserId(tx, tenantId, presented)
      if (userId === undefined) throw invalidCredentials()
      await countSecondFactor(tx, { tenant: tenantId, userId }, { proof, now })
      return { tenant: tenantId, userId }
    })
    const key = await ctx.signingKeys.current()
    return await ctx.db.tx(tenantId, async (tx) => {
      const user = await lockUser(tx, tenantId, person.userId)
      if (user?.status !== 'active') throw invalidCredentials()
      if (!(await takeChallenge(tx, tenantId, presented))) throw invalidCredentials()
      await acceptSecondFactor(ctx, tx, person, { proof, now })
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now })
    })
  }
}
