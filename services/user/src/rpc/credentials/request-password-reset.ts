import { create } from '@bufbuild/protobuf'
import {
  type RequestPasswordResetRequest,
  type RequestPasswordResetResponse,
  RequestPasswordResetResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { newId } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { normalizeEmail } from '../../domain/user.ts'
import { countAttempts, failureSubject } from '../count-attempts.ts'
import { readTenant } from '../get-tenant.ts'

/**
 * Has a link sent that resets the password of whoever has the address. Answer and time are the same
 * for an address that nobody has: it is looked up later, by the job. Throws `resource.not_found` for
 * an unknown tenant, `auth.too_many_attempts` when mails to the address were asked for too often,
 * whether anybody has it or not.
 */
export function requestPasswordReset(ctx: UserContext) {
  return async (req: RequestPasswordResetRequest): Promise<RequestPasswordResetResponse> => {
    const { tenant } = req
    const email = normalizeEmail(req.email)
    const now = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      await countAttempts(tx, tenant, [failureSubject('mail', email)], now)
      const payload = { tenant, email, tokenId: newId('mtk'), requestedAt: now.toString() }
      await ctx.addJob(tx, 'mail-password-reset', payload)
    })
    return create(RequestPasswordResetResponseSchema)
  }
}
