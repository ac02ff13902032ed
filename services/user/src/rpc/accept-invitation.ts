import type { HandlerContext } from '@connectrpc/connect'
import type { AcceptInvitationRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { hashPassword } from '../credentials/password.ts'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import type { User } from '../domain/user.ts'
import { publishUserActivated } from '../events.ts'
import { findInvitedUserId, takeInvitation } from '../store/invitation.ts'
import { lockUser, setPassword } from '../store/tenant-user.ts'
import { addLinkMail } from './credentials/add-mail.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { openSession } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

type Acceptance = {
  tenantId: string
  userId: string
  secretHash: Buffer
  passwordHash: string
  now: Temporal.Instant
}

/**
 * Sets the password of an invited person, who is active from then on, and signs it in. An
 * invitation works once. Throws `auth.invalid_credentials` for one that is unknown, used, replaced
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
      // Whoever invited saw the invitation, too: taking it up does not prove the address.
      const link = { purpose: 'verify_email', email: user.email, now } as const
      await addLinkMail(ctx, tx, { tenant: tenantId, userId }, link)
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
