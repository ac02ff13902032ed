import { create } from '@bufbuild/protobuf'
import {
  type BeginPasskeySignInRequest,
  type BeginPasskeySignInResponse,
  BeginPasskeySignInResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { signInOptions } from '../../credentials/passkey-ceremony.ts'
import { readTenant } from '../get-tenant.ts'
import { newChallenge } from './new-challenge.ts'

/**
 * Answers what the browser needs to sign in with a passkey within five minutes: the same for
 * everybody, so that nobody learns who has one. Throws `resource.not_found` for an unknown tenant.
 */
export function beginPasskeySignIn(ctx: UserContext) {
  return async ({ tenant }: BeginPasskeySignInRequest): Promise<BeginPasskeySignInResponse> => {
    const now = ctx.clock.now().round('microsecond')
    const challenge = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      return await newChallenge(tx, tenant, { purpose: 'passkey_sign_in', userId: undefined, now })
    })
    const optionsJson = JSON.stringify(await signInOptions(ctx.relyingParty, challenge))
    return create(BeginPasskeySignInResponseSchema, { optionsJson })
  }
}
