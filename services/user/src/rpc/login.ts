import type { HandlerContext } from '@connectrpc/connect'
import type { LoginRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { normalizeEmail } from '../domain/user.ts'
import { findSignInSettings } from '../store/verified-email.ts'
import { clientAddressOf } from './caller-headers.ts'
import { acceptPassword, checkPassword, type PasswordAttempt } from './check-password.ts'
import { askSecondFactor } from './credentials/ask-second-factor.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

/**
 * Signs a person in with a password, or answers what a code is to be brought with, where a second
 * factor is asked for. Throws what `checkPassword` throws.
 */
export function login(ctx: SignInContext) {
  return async (req: LoginRequest, call: HandlerContext): Promise<SignInResponse> => {
    const attempt: PasswordAttempt = {
      tenantId: req.tenant,
      email: normalizeEmail(req.email),
      password: req.password,
      address: clientAddressOf(call),
      now: ctx.clock.now().round('microsecond'),
      call,
    }
    const { tenantId, now } = attempt
    const checked = await checkPassword(ctx, attempt)
    const key = await ctx.signingKeys.current()
    return await ctx.db.tx(tenantId, async (tx) => {
      const user = await acceptPassword(tx, attempt, checked)
      const person = { tenant: tenantId, userId: user.userId }
      const { totpEnabled } = await findSignInSettings(tx, person)
      if (totpEnabled) return await askSecondFactor(tx, person, now)
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now })
    })
  }
}
