import type { Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import { isStaff } from '../domain/role.ts'
import type { User } from '../domain/user.ts'
import { removeMailTokens } from '../store/mail-token.ts'
import { removePasskeys } from '../store/passkey.ts'
import { replaceRecoveryCodes } from '../store/recovery-code.ts'
import { permissionsOfRole } from '../store/role.ts'
import { revokeOtherSessions } from '../store/session.ts'
import { removeChallenges } from '../store/sign-in-challenge.ts'
import { isAddressVouchedFor, vacateRegistration } from '../store/taken-over-registration.ts'
import { removeTotp } from '../store/totp.ts'
import { revokeKeysMadeBy } from './shut-out-person.ts'

const allLinks = ['verify_email', 'reset_password', 'change_email'] as const

/**
 * Whether somebody may be anybody: a person without a role of staff, which the tenant gives to people
 * it knows, whose address nobody proved. Whoever registers types an address, their own or not.
 * Expects the person's row locked.
 */
export async function isUnproved(tx: Tx, tenantId: string, user: User): Promise<boolean> {
  const { userId, roleKey } = user
  if (isStaff(await permissionsOfRole(tx, tenantId, roleKey))) return false
  return !(await isAddressVouchedFor(tx, { tenant: tenantId, userId }))
}

/**
 * Takes an unproved registration from whoever made it, and answers the person, who is invited from
 * then on: nothing signs in until whoever has the address does, and no invitation to it is told to
 * anybody else. Expects the row of an active person locked.
 */
export async function takeOverRegistration(
  tx: Tx,
  tenantId: string,
  { user, now }: { user: User; now: Temporal.Instant },
): Promise<User> {
  const person = { tenant: tenantId, userId: user.userId }
  await vacateRegistration(tx, person)
  await removeCredentials(tx, person, now)
  return { ...user, status: 'invited' }
}

/**
 * Ends every session, sign-in under way, link and API key of a person, and removes passkeys, app and
 * recovery codes. Expects the person's row locked.
 */
export async function removeCredentials(
  tx: Tx,
  person: Person,
  now: Temporal.Instant,
): Promise<void> {
  const { tenant, userId } = person
  await removePasskeys(tx, person)
  await removeTotp(tx, person)
  await replaceRecoveryCodes(tx, person, [])
  await removeChallenges(tx, tenant, userId)
  await removeMailTokens(tx, tenant, { userId, purposes: allLinks })
  await revokeOtherSessions(tx, tenant, { userId, keptSessionId: '', revokedAt: now })
  await revokeKeysMadeBy(tx, tenant, { userId, disabledAt: now })
}
