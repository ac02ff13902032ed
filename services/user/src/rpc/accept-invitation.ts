import type { HandlerContext } from '@connectrpc/connect'
import type { AcceptInvitationRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { hashPassword } from '../credentials/password.ts'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import type { User } from '../domain/user.ts'
import { publishUserActivated } from '../events.ts'
import { findInvitedUserId, takeInvitation } from '../store/invitation.ts'
import { wasTakenOver } from '../store/taken-over-registration.ts'
import { lockUser, setPassword } from '../store/tenant-user.ts'
import { putVerifiedEmail } from '../store/verified-email.ts'
import { addLinkMail } from './credentials/add-mail.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'
import { removeCredentials } from './take-over-registration.ts'

type Acceptance = {
  tenantId: string
  userId: string
  secretHash: Buffer
  passwordHash: string
  now: Temporal.Instant
}

/**
 * Sets the password of an invited person, who is active from then on, and signs it in. An
 * invitation works once. One that was mailed alone proves the address, and ends whatever was left of
 * a registration that was taken over. Throws `auth.invalid_credentials` for one that is unknown, used, replaced
 * or expired.
 */
export function acceptInvitation(ctx: SignInContext) {
  return async (req: AcceptInvitationRequest, call: HandlerContext): Promise<SignInResponse> => {
    const token = readOpaqueToken('inv', req.invitation)
    if (token === undefined) throw invalidCredentials()
    const { tenantId, secretHash } = token
    const now = ctx.clock.now().round('microsecond')
    // Looked up first, so that a text that invites nobody does not cost a hash.
    const find = (tx: Tx) => findInvitedUserId(tx, tenantId, { secretHash, now })
    const userId = await ctx.db.tx(tenantId, find, { readOnly: true })
    if (userId === undefined) throw invalidCredentials()
    const passwordHash = await hashPassword(req.password)
    const key = await ctx.signingKeys.current()

    return await ctx.db.tx(tenantId, async (tx) => {
      const user = await activate(tx, { tenantId, userId, secretHash, passwordHash, now })
      await proveAddress(ctx, tx, { tenantId, user, now })
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now })
    })
  }
}

async function activate(tx: Tx, acceptance: Acceptance): Promise<User> {
  const { tenantId, userId, secretHash, passwordHash, now } = acceptance
  const invited = await lockUser(tx, tenantId, userId)
  if (invited?.status !== 'invited') throw invalidCredentials()
  if (!(await takeInvitation(tx, tenantId, { secretHash, now }))) throw invalidCredentials()
  const user = await setPassword(tx, tenantId, { userId, passwordHash })
  assert(user?.status === 'active', 'an invited person with a password is active')
  await publishUserActivated(tx, tenantId, userId, now)
  return user
}

type Accepted = Pick<Acceptance, 'tenantId' | 'now'> & { user: User }

async function proveAddress(
  ctx: SignInContext,
  tx: Tx,
  { tenantId, user, now }: Accepted,
): Promise<void> {
  const { userId, email } = user
  const person = { tenant: tenantId, userId }
  if (await wasTakenOver(tx, person)) {
    // A call that was under way when the registration was taken over may have left something since.
    await removeCredentials(tx, person, now)
    await putVerifiedEmail(tx, person, { email, verifiedAt: now })
    return
  }
  // Whoever invited saw the invitation, too: taking it up does not prove the address.
  await addLinkMail(ctx, tx, person, { purpose: 'verify_email', email, now })
}
