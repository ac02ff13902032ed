import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { isPurserError } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import { asOperator } from './operator.ts'

type User = Client<typeof UserService>

/** A tenant to create, and who it belongs to. */
export type NewTenant = {
  tenant: string
  name: string
  timeZone: string
  ownerEmail: string
  ownerName: string
  /** Whether to replace the secret of the first API key, when there is one already. */
  rotateKey: boolean
}

/** What was created, and what was there before. */
export type CreatedTenant = {
  isNew: boolean
  /**
   * Undefined when the address is somebody's who was not invited or has signed in. The token is empty when somebody
   * registered with the address and did not prove it: it is in the mail alone.
   */
  invitation: { token: string; expiresAt: Temporal.Instant } | undefined
  /** Undefined when the key was told before. */
  apiKey: string | undefined
}

/** The key that comes with a tenant is known by its name. */
const FIRST_KEY_NAME = 'first key'

/**
 * Creates a tenant, invites its owner and makes an API key that may do everything in it. Repeating it leaves the
 * tenant and the key as they are, and invites the owner anew while they have not signed in; so it also finishes
 * what was interrupted. Throws what the user service refuses with.
 */
export async function createTenant(user: User, wanted: NewTenant): Promise<CreatedTenant> {
  return {
    isNew: await ensureTenant(user, wanted),
    invitation: await inviteOwner(user, wanted),
    apiKey: await ensureKey(user, wanted),
  }
}

async function ensureTenant(user: User, { tenant, name, timeZone }: NewTenant): Promise<boolean> {
  const newTenant = { tenant, legalName: name, timeZone }
  try {
    await user.createTenant({ newTenant }, asOperator(tenant))
    return true
  } catch (error) {
    if (isPurserError(error) && error.code === 'tenant.already_exists') return false
    throw error
  }
}

async function inviteOwner(user: User, { tenant, ownerEmail, ownerName }: NewTenant) {
  const owner = { tenant, email: ownerEmail, fullName: ownerName, role: 'owner' }
  try {
    const answer = await user.inviteUser(owner, asOperator(tenant))
    const { invitation: token, invitationExpireTime: expireTime } = answer
    return expireTime && { token, expiresAt: fromProtoTimestamp(expireTime) }
  } catch (error) {
    if (isPurserError(error) && error.code === 'user.already_exists') return undefined
    throw error
  }
}

async function ensureKey(user: User, { tenant, rotateKey }: NewTenant) {
  const as = asOperator(tenant)
  const { apiKeys } = await user.listApiKeys({ tenant }, as)
  const known = apiKeys.find(
    ({ name, revokeTime, createdBy }) =>
      name === FIRST_KEY_NAME && createdBy?.id === 'operator' && revokeTime === undefined,
  )
  if (known === undefined) {
    const key = { tenant, name: FIRST_KEY_NAME, permissions: ['*'] }
    return (await user.createApiKey(key, as)).secret
  }
  if (!rotateKey) return undefined
  return (await user.rotateApiKey({ tenant, apiKeyId: known.apiKeyId }, as)).secret
}

/** What to tell about it, with the secrets, this once. */
export function describeTenant(wanted: NewTenant, created: CreatedTenant): string {
  const { tenant } = wanted
  const { isNew, invitation, apiKey } = created
  const owner = describeInvitation(wanted, invitation)
  const key =
    apiKey === undefined
      ? `API key  "${FIRST_KEY_NAME}" was told before; --rotate-key replaces it`
      : `API key  ${apiKey}   (all permissions in ${tenant}; told this once)`
  return [`Tenant   ${tenant} ${isNew ? 'is created' : 'was there before'}`, ...owner, key].join(
    '\n',
  )
}

function describeInvitation(
  { tenant, ownerEmail }: NewTenant,
  invitation: CreatedTenant['invitation'],
): string[] {
  if (invitation === undefined) {
    return [`Owner    ${ownerEmail} is a user of ${tenant} already; nothing was changed`]
  }
  const until = invitation.expiresAt.round('second')
  if (invitation.token === '') {
    return [
      `Owner    ${ownerEmail} is invited until ${until} by mail alone: somebody registered with the address before`,
    ]
  }
  return [
    `Owner    ${ownerEmail} is invited until ${until}; hand this over, it works once:`,
    `           ${invitation.token}`,
    `         POST /api/v1/auth/accept-invitation with {"invitation": "...", "password": "..."} takes it up`,
  ]
}
