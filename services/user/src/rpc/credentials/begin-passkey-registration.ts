import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type BeginPasskeyRegistrationRequest,
  type BeginPasskeyRegistrationResponse,
  BeginPasskeyRegistrationResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { recordAct } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { registrationOptions } from '../../credentials/passkey-ceremony.ts'
import { MAX_PASSKEYS } from '../../domain/passkey.ts'
import { listPasskeys } from '../../store/passkey.ts'
import { readTenant } from '../get-tenant.ts'
import { newChallenge } from './new-challenge.ts'
import { acceptOwnPassword, checkOwnPassword } from './own-password.ts'

/**
 * Answers what the browser needs to make a passkey within five minutes. Throws what
 * `checkOwnPassword` throws, `request.invalid` beyond 20 passkeys.
 */
export function beginPasskeyRegistration(ctx: UserContext) {
  return async (
    req: BeginPasskeyRegistrationRequest,
    call: HandlerContext,
  ): Promise<BeginPasskeyRegistrationResponse> => {
    const own = await checkOwnPassword(ctx, call, req.currentPassword)
    const { tenantId: tenant, now } = own.attempt
    const begun = await ctx.db.tx(tenant, async (tx) => {
      const user = await acceptOwnPassword(tx, own)
      const { userId } = user
      const existing = await listPasskeys(tx, { tenant, userId })
      if (existing.length >= MAX_PASSKEYS) throw tooManyPasskeys()
      const purpose = 'passkey_registration'
      const challenge = await newChallenge(tx, tenant, { purpose, userId, now })
      await recordAct(tx, call, { object: { user_id: userId }, occurredAt: now })
      const { legalName: tenantName } = await readTenant(tx, tenant)
      return { tenant, tenantName, user, existing, challenge }
    })
    const optionsJson = JSON.stringify(await registrationOptions(ctx.relyingParty, begun))
    return create(BeginPasskeyRegistrationResponseSchema, { optionsJson })
  }
}

/** The refusal of one passkey more than a person may have. */
export function tooManyPasskeys(): PurserError {
  const message = `A person has ${MAX_PASSKEYS} passkeys at most; remove one first.`
  return new PurserError('request.invalid', message)
}
