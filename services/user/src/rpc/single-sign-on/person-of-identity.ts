import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { isEmailAddress, normalizeEmail, type User } from '../../domain/user.ts'
import { publishUserActivated } from '../../events.ts'
import { publishUserProvisioned } from '../../provisioning-events.ts'
import type { ProvenIdentity } from '../../single-sign-on/identity-provider.ts'
import { isInDomains, type SsoConnection } from '../../domain/sso-connection.ts'
import { removeInvitation } from '../../store/open-invitation.ts'
import { lockRoleToGive } from '../../store/role.ts'
import { activateInvited, findPersonOf, linkIdentity } from '../../store/sso-identity.ts'
import { findUserByEmail, insertUser, lockUser } from '../../store/tenant-user.ts'
import { putVerifiedEmail } from '../../store/verified-email.ts'
import { invalidCredentials } from '../invalid-credentials.ts'
import { isUnproved, takeOverRegistration } from '../take-over-registration.ts'

/** Whom a provider vouches for, by which connection. */
export type Vouched = { connection: SsoConnection; identity: ProvenIdentity; now: Temporal.Instant }

/**
 * The active person who an identity is, with the row locked: known by it already; else the one with
 * its address, unless that is somebody else's at the provider, since addresses are handed on; else
 * somebody new, if the connection makes people. Whoever registered with the address and did not prove
 * it loses the account: the provider proves it, of the person who is now known by it. Throws as
 * `finishSso`.
 */
export async function personOf(tx: Tx, tenantId: string, vouched: Vouched): Promise<User> {
  const { connection, identity } = vouched
  const email = normalizeEmail(identity.verifiedEmail ?? '')
  if (!isEmailAddress(email) || !isInDomains(email, connection.emailDomains)) {
    throw invalidCredentials()
  }
  const knownId = await findPersonOf(tx, tenantId, identity)
  const userId = knownId ?? (await personByEmail(tx, tenantId, email, vouched))
  const user = await lockUser(tx, tenantId, userId)
  if (user === undefined || user.status === 'disabled') throw invalidCredentials()
  const person = knownId === undefined ? await link(tx, tenantId, { user, email }, vouched) : user
  return person.status === 'invited' ? await activate(tx, tenantId, person, vouched.now) : person
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
    await putVerifiedEmail(
      tx,
      { tenant: tenantId, userId: user.userId },
      { email, verifiedAt: now },
    )
    await publishUserProvisioned(tx, tenantId, user, now)
    return user.userId
  }
  // A rival made the person this moment.
  const rival = await findUserByEmail(tx, tenantId, email)
  if (rival === undefined) throw invalidCredentials()
  return rival.user.userId
}

async function link(
  tx: Tx,
  tenantId: string,
  { user, email }: { user: User; email: string },
  { identity, now }: Vouched,
): Promise<User> {
  if (user.email !== email) throw invalidCredentials() // The address was given up this moment.
  const { issuer, subject } = identity
  const { userId } = user
  if (!(await linkIdentity(tx, tenantId, { issuer, subject, userId, createdAt: now }))) {
    // The same person signs in twice at once, or somebody else has the person's former address.
    if ((await findPersonOf(tx, tenantId, { issuer, subject })) !== userId)
      throw invalidCredentials()
    return user
  }
  const isTaken = user.status === 'active' && (await isUnproved(tx, tenantId, user))
  const linked = isTaken ? await takeOverRegistration(tx, tenantId, { user, now }) : user
  await putVerifiedEmail(tx, { tenant: tenantId, userId }, { email, verifiedAt: now })
  return linked
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
