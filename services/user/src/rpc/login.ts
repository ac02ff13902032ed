import type { HandlerContext } from '@connectrpc/connect'
import type { LoginRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { normalizeEmail } from '../domain/user.ts'
import { clientAddressOf, userAgentOf } from './caller-headers.ts'
import { acceptPassword, checkPassword, type PasswordAttempt } from './check-password.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

/** Signs a person in with a password. Throws what `checkPassword` throws. */
export function login(ctx: SignInContext) {
  return async (req: LoginRequest, call: HandlerContext): Promise<SignInResponse> => {
    const attempt: PasswordAttempt = {
      tenantId: req.tenant,
      email: normalizeEmail(req.email),
      password: req.password,
      address: clientAddressOf(call),
      now: ctx.clock.now().round('microsecond'),
    }
    const { tenantId, now } = attempt
    const checked = await checkPassword(ctx, attempt)
    const key = await ctx.signingKeys.current()
    const userAgent = userAgentOf(call)
    return await ctx.db.tx(tenantId, async (tx) => {
      const user = await acceptPassword(tx, attempt, checked)
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, userAgent, now })
    })
  }
}
