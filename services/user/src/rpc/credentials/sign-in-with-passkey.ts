import type { HandlerContext } from '@connectrpc/connect'
import type { SignInWithPasskeyRequest } from '@purser/contracts/user/v1/credentials'
import type { SignInResponse } from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import { publishPasskeyEvent } from '../../credential-events.ts'
import { verifySignIn } from '../../credentials/passkey-ceremony.ts'
import { type PasskeyResponse, readPasskeyResponse } from '../../credentials/passkey-response.ts'
import type { SigningKey } from '../../credentials/signing-keys.ts'
import type { Passkey } from '../../domain/passkey.ts'
import { findPasskeyByCredential, usePasskey } from '../../store/passkey.ts'
import { takeChallenge } from '../../store/sign-in-challenge.ts'
import { lockUser } from '../../store/tenant-user.ts'
import { invalidCredentials } from '../invalid-credentials.ts'
import { openSession } from '../sign-in-answer.ts'
import type { SignInContext } from '../sign-in-context.ts'

/** A passkey that signed, and what its authenticator counted. */
type Signed = {
  tenantId: string
  passkey: Passkey
  signCount: number
  call: HandlerContext
  now: Temporal.Instant
}

/**
 * Signs in whoever a passkey belongs to. It stands for two factors, so that no code is asked for.
 * The challenge is used up whatever comes of it. Throws `auth.invalid_credentials` in the same words
 * for everything that is wrong: challenge, origin, relying party, signature, person; and for a
 * counter that did not go up, of which `passkey.clone_suspected` tells.
 */
export function signInWithPasskey(ctx: SignInContext) {
  return async (req: SignInWithPasskeyRequest, call: HandlerContext): Promise<SignInResponse> => {
    const { tenant } = req
    const now = ctx.clock.now().round('microsecond')
    const response = readPasskeyResponse(req.credentialJson)
    if (response === undefined) throw invalidCredentials()
    const passkey = await ctx.db.tx(tenant, (tx) => findAnswering(tx, tenant, { response, now }))
    if (passkey === undefined) throw invalidCredentials()
    const signCount = await verifySignIn(ctx.relyingParty, { tenant, passkey }, response)
    if (signCount === undefined) throw invalidCredentials()

    const key = await ctx.signingKeys.current()
    const signed = { tenantId: tenant, passkey, signCount, call, now }
    // A refusal is answered, not thrown, so that the suspicion of a copy is committed.
    const answer = await ctx.db.tx(tenant, (tx) => signIn(ctx, tx, signed, key))
    if (answer === undefined) throw invalidCredentials()
    return answer
  }
}

/** The passkey that says it answers a challenge of this tenant; the challenge is used up. */
async function findAnswering(
  tx: Tx,
  tenantId: string,
  { response, now }: { response: PasskeyResponse; now: Temporal.Instant },
): Promise<Passkey | undefined> {
  const purpose = 'passkey_sign_in'
  const presented = { secretHash: response.challengeHash, purpose, now } as const
  if ((await takeChallenge(tx, tenantId, presented)) === undefined) return undefined
  const credentialId = Buffer.from(response.credentialId, 'base64url')
  return await findPasskeyByCredential(tx, tenantId, credentialId)
}

async function signIn(
  ctx: SignInContext,
  tx: Tx,
  { tenantId, passkey, signCount, call, now }: Signed,
  key: SigningKey,
): Promise<SignInResponse | undefined> {
  const { passkeyId, userId } = passkey
  const user = await lockUser(tx, tenantId, userId)
  if (user?.status !== 'active') return undefined
  if (!(await usePasskey(tx, tenantId, { passkeyId, signCount, usedAt: now }))) {
    const subject = 'passkey.clone_suspected'
    const person = { tenant: tenantId, userId }
    await publishPasskeyEvent(tx, person, { subject, passkeyId, occurredAt: now })
    return undefined
  }
  return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now })
}
