import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { normalizeEmail, type User } from '../../domain/user.ts'
import { publishUserActivated } from '../../events.ts'
import { publishUserProvisioned } from '../../provisioning-events.ts'
import type { ProvenIdentity } from '../../single-sign-on/identity-provider.ts'
import { isInDomains, type SsoConnection } from '../../domain/sso-connection.ts'
import { removeInvitation } from '../../store/open-invitation.ts'
import { lockRoleToGive } from '../../store/role.ts'
import { activateInvited, findPersonOf, linkIdentity } from '../../store/sso-identity.ts'
import { findUserByEmail, insertUser, lockUser } from '../../store/tenant-user.ts'
import { invalidCredentials } from '../invalid-credentials.ts'

/** Whom a provider vouches for, by which connection. */
export type Vouched = { connection: SsoConnection; identity: ProvenIdentity; now: Temporal.Instant }

/**
 * The active person who an identity is, with the row locked: known by it already; else the one with
 * its address, unless that is somebody else's at the provider, since addresses are handed on; else
 * somebody new, if the connection makes people. Throws as `finishSso`.
 */
export async function personOf(tx: Tx, tenantId: string, vouched: Vouched): Promise<User> {
  const { connection, identity } = vouched
  const email = normalizeEmail(identity.verifiedEmail ?? '')
  if (!isInDomains(email, connection.emailDomains)) throw invalidCredentials()
  const knownId = await findPersonOf(tx, tenantId, identity)
  const userId = knownId ?? (await personByEmail(tx, tenantId, email, vouched))
  const user = await lockUser(tx, tenantId, userId)
  if (user === undefined || user.status === 'disabled') throw invalidCredentials()
  if (knownId === undefined) await link(tx, tenantId, userId, vouched)
  return user.status === 'invited' ? await activate(tx, tenantId, user, vouched.now) : user
}

async function personByEmail(
  tx: Tx,
  tenantId: string,
  email: string,
  vouched: Vouched,
): Promise<string> {
  const found = await findUserByEmail(tx, tenantId, email)
  if (found !== undefined) return found.user.userId
  const { connection, identity, now } = vouched
  if (!connection.createsPeople) {
    const message = 'Nobody with this address is known here; ask for an invitation.'
    throw new PurserError('auth.permission_denied', message)
  }
  const role = await lockRoleToGive(tx, tenantId, connection.defaultRoleKey)
  if (role === undefined) throw invalidCredentials()
  const user: User = {
    userId: newId('usr'),
    email,
    fullName: identity.fullName.slice(0, 200) || email,
    roleKey: role.roleKey,
    status: 'active',
    accountId: undefined,
    locale: '',
    phone: '',
    createdAt: now,
  }
  if (await insertUser(tx, tenantId, user, undefined)) {
    await publishUserProvisioned(tx, tenantId, user, now)
    return user.userId
  }
  // A rival made the person this moment.
  const rival = await findUserByEmail(tx, tenantId, email)
  if (rival === undefined) throw invalidCredentials()
  return rival.user.userId
}

async function link(tx: Tx, tenantId: string, userId: string, vouched: Vouched): Promise<void> {
  const { issuer, subject } = vouched.identity
  if (await linkIdentity(tx, tenantId, { issuer, subject, userId, createdAt: vouched.now })) return
  // The same person signs in twice at once, or somebody else has the person's former address.
  if ((await findPersonOf(tx, tenantId, { issuer, subject })) !== userId) throw invalidCredentials()
}

async function activate(
  tx: Tx,
  tenantId: string,
  user: User,
  now: Temporal.Instant,
): Promise<User> {
  await activateInvited(tx, tenantId, user.userId)
  await removeInvitation(tx, tenantId, user.userId)
  await publishUserActivated(tx, tenantId, user.userId, now)
  return { ...user, status: 'active' }
}
