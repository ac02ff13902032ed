import type { HandlerContext } from '@connectrpc/connect'
import type {
  Passkey as ProtoPasskey,
  RegisterPasskeyRequest,
} from '@purser/contracts/user/v1/credentials'
import { recordAct } from '@purser/idempotency'
import { newId } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { publishPasskeyEvent } from '../../credential-events.ts'
import { passkeyRefused, verifyRegistration } from '../../credentials/passkey-ceremony.ts'
import { readPasskeyResponse } from '../../credentials/passkey-response.ts'
import { MAX_PASSKEYS, type Passkey } from '../../domain/passkey.ts'
import { insertPasskey, listPasskeys } from '../../store/passkey.ts'
import { takeChallenge } from '../../store/sign-in-challenge.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { tooManyPasskeys } from './begin-passkey-registration.ts'
import { toProtoPasskey } from './convert-passkey.ts'

/**
 * Registers the passkey that the caller's browser made. The challenge is used up whatever comes of
 * it. Throws `auth.permission_denied` for callers who are no person, `auth.passkey_refused` in the
 * same words for everything that is wrong with it, `request.invalid` beyond 20 passkeys.
 */
export function registerPasskey(ctx: UserContext) {
  return async (
    { name, credentialJson }: RegisterPasskeyRequest,
    call: HandlerContext,
  ): Promise<ProtoPasskey> => {
    const person = requirePerson(call)
    const { tenant, userId } = person
    const now = ctx.clock.now().round('microsecond')
    const response = readPasskeyResponse(credentialJson)
    if (response === undefined) throw passkeyRefused()
    const purpose = 'passkey_registration'
    const presented = { secretHash: response.challengeHash, purpose, now } as const
    const taken = await ctx.db.tx(tenant, (tx) => takeChallenge(tx, tenant, presented))
    if (taken?.userId !== userId) throw passkeyRefused()

    const made = await verifyRegistration(ctx.relyingParty, response)
    const passkeyId = newId('pky')
    const passkey: Passkey = { ...made, passkeyId, userId, name, createdAt: now, usedAt: undefined }
    await ctx.db.tx(tenant, async (tx) => {
      await lockPerson(tx, person)
      if ((await listPasskeys(tx, person)).length >= MAX_PASSKEYS) throw tooManyPasskeys()
      if (!(await insertPasskey(tx, tenant, passkey))) throw passkeyRefused()
      const object = { user_id: userId, passkey_id: passkeyId }
      await recordAct(tx, call, { object, occurredAt: now })
      const subject = 'passkey.registered'
      await publishPasskeyEvent(tx, person, { subject, passkeyId, occurredAt: now })
    })
    return toProtoPasskey(passkey)
  }
}
