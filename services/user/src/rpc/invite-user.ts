import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type InviteUserRequest,
  type InviteUserResponse,
  InviteUserResponseSchema,
} from '@purser/contracts/user/v1/user'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf, toProtoTimestamp } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { mailToken } from '../credentials/mail-token.ts'
import type { BuiltInRoleKey } from '../domain/role.ts'
import { normalizeEmail, type User } from '../domain/user.ts'
import { publishUserInvited } from '../events.ts'
import { insertMember, lockAccount } from '../store/member.ts'
import { putInvitation } from '../store/open-invitation.ts'
import { lockUserByEmail, updateInvitedUser } from '../store/team-user.ts'
import { wasTakenOver } from '../store/taken-over-registration.ts'
import { insertUser } from '../store/tenant-user.ts'
import { toProtoUser } from './convert-user.ts'
import { readTenant } from './get-tenant.ts'
import { checkRoleOf, requireRoleToGive } from './role-to-give.ts'
import { isUnproved, takeOverRegistration } from './take-over-registration.ts'

/** An invitation works for seven days. */
const LIFETIME = Temporal.Duration.from({ hours: 7 * 24 })
const DEFAULT_ROLE = 'viewer' satisfies BuiltInRoleKey

/**
 * Invites a person by mail, and answers the invitation, this once. A person who is invited already is
 * invited anew, as asked now: the former invitation stops working. Somebody who registered with the
 * address, and did not prove it, loses the account to whoever has the address: that invitation is
 * mailed alone, and answered empty. Throws, in this order:
 * `resource.not_found` for an unknown tenant, `request.invalid` for an unknown role,
 * `auth.permission_denied` for a role that exceeds the caller, `request.invalid` for an unknown
 * account, `user.already_exists`, `auth.permission_denied` for a person invited with such a role.
 */
export function inviteUser(ctx: UserContext) {
  return async (req: InviteUserRequest, call: HandlerContext): Promise<InviteUserResponse> => {
    const { tenant } = req
    const { kind, id, permissions: held } = principalOf(call)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const wanted = newUser(req, now)
    const tokenId = newId('mtk')
    const named = { purpose: 'invitation', tenantId: tenant, tokenId } as const
    const { text: token, secretHash } = mailToken(ctx.secret, named)
    const expiresAt = now.add(LIFETIME)

    const { user, invitation } = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      await requireRoleToGive(tx, tenant, { roleKey: wanted.roleKey, held })
      await checkAccount(tx, tenant, wanted.accountId)
      const isNew = await insertUser(tx, tenant, wanted, undefined)
      const invited = isNew ? wanted : await inviteAnew(tx, tenant, { wanted, held, now })
      await makeMember(tx, tenant, invited)
      await putInvitation(tx, tenant, { userId: invited.userId, secretHash, expiresAt })
      await publishUserInvited(tx, tenant, invited, now)
      const inviterId = kind === 'user' ? id : ''
      const { userId } = invited
      await ctx.addJob(tx, 'mail-invitation', { tenant, userId, tokenId, inviterId })
      const isMailedAlone = !isNew && (await wasTakenOver(tx, { tenant, userId }))
      return { user: invited, invitation: isMailedAlone ? '' : token }
    })
    return create(InviteUserResponseSchema, {
      user: toProtoUser(user),
      invitation,
      invitationExpireTime: toProtoTimestamp(expiresAt),
    })
  }
}

function newUser(req: InviteUserRequest, createdAt: Temporal.Instant): User {
  return {
    userId: newId('usr'),
    email: normalizeEmail(req.email),
    fullName: req.fullName,
    roleKey: req.role || DEFAULT_ROLE,
    status: 'invited',
    accountId: req.accountId || undefined,
    locale: '',
    phone: '',
    createdAt,
  }
}

/** Whoever is invited to share an account, which is locked, is a member of it; the first one its admin. */
async function makeMember(tx: Tx, tenantId: string, user: User): Promise<void> {
  const { accountId, userId, createdAt } = user
  if (accountId === undefined) return
  await insertMember(tx, tenantId, { accountId, userId, role: 'member', createdAt })
}

/**
 * Locks the account before the person is inserted, who refers to it: invitations at the same time would
 * wait for each other if they came to share its row first.
 */
async function checkAccount(
  tx: Tx,
  tenantId: string,
  accountId: string | undefined,
): Promise<void> {
  if (accountId === undefined || (await lockAccount(tx, tenantId, accountId))) return
  throw new PurserError('request.invalid', `There is no account "${accountId}".`, {
    fields: [{ field: 'account_id', message: 'must be an account of the tenant' }],
  })
}

type Wanted = { wanted: User; held: readonly string[]; now: Temporal.Instant }

/** The person who has the address, changed to what is wanted now. */
async function inviteAnew(tx: Tx, tenantId: string, { wanted, held, now }: Wanted): Promise<User> {
  const user = await lockUserByEmail(tx, tenantId, wanted.email)
  assert(user, 'people are never removed')
  const isTaken = user.status === 'active' && (await isUnproved(tx, tenantId, user))
  if (user.status !== 'invited' && !isTaken) throw alreadyExists(user)
  await checkRoleOf(tx, tenantId, { user, held, field: 'email' })
  const invited = isTaken ? await takeOverRegistration(tx, tenantId, { user, now }) : user
  const { fullName, roleKey, accountId } = wanted
  const changed = { ...invited, fullName, roleKey, accountId }
  await updateInvitedUser(tx, tenantId, changed)
  return changed
}

/** Names what to do instead: people who are there need no invitation. */
function alreadyExists({ userId, email, status }: User): PurserError {
  const way =
    status === 'disabled'
      ? `who is shut out: enable the user "${userId}"`
      : `whom no invitation changes: set the role of the user "${userId}"`
  const message = `There is a user with the e-mail address "${email}" already, ${way}.`
  return new PurserError('user.already_exists', message)
}
