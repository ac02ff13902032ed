import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type EnrollTotpRequest,
  type EnrollTotpResponse,
  EnrollTotpResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { recordAct } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { sealText } from '../../credentials/sealed-text.ts'
import { totpSecret, totpUri } from '../../credentials/totp.ts'
import { putTotp } from '../../store/totp.ts'
import { readTenant } from '../get-tenant.ts'
import { acceptOwnPassword, checkOwnPassword } from './own-password.ts'
import { totpPlace } from './second-factor.ts'

/**
 * Makes the secret of an authenticator app and answers it, this once. It is asked for from its
 * confirmation on; until then a further call replaces it. Throws what `checkOwnPassword` throws,
 * `auth.totp_already_enabled`.
 */
export function enrollTotp(ctx: UserContext) {
  return async (req: EnrollTotpRequest, call: HandlerContext): Promise<EnrollTotpResponse> => {
    const own = await checkOwnPassword(ctx, call, req.currentPassword)
    const { tenantId, now } = own.attempt
    const secret = totpSecret(new Uint8Array(randomBytes(20)))
    const { user, tenant } = await ctx.db.tx(tenantId, async (tx) => {
      const user = await acceptOwnPassword(tx, own)
      const person = { tenant: tenantId, userId: user.userId }
      const plain = { text: secret, nonce: randomBytes(12) }
      const sealedSecret = sealText(ctx.secret, totpPlace(person), plain)
      if (!(await putTotp(tx, person, { sealedSecret, createdAt: now }))) throw alreadyEnabled()
      await recordAct(tx, call, { object: { user_id: user.userId }, occurredAt: now })
      return { user, tenant: await readTenant(tx, tenantId) }
    })
    const otpauthUri = totpUri(secret, { issuer: tenant.legalName, label: user.email })
    return create(EnrollTotpResponseSchema, { secret, otpauthUri })
  }
}

/** The refusal of a second authenticator app. */
export function alreadyEnabled(): PurserError {
  const message = 'There is an authenticator app already; disable it first.'
  return new PurserError('auth.totp_already_enabled', message)
}
