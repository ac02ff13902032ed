import type { Tx } from '@purser/postgres'
import { publishApiKeyRevoked, publishUserDisabled } from '../events.ts'
import { revokeKeysOfPerson } from '../store/api-key-of-person.ts'
import { removeInvitation } from '../store/open-invitation.ts'
import { disableUser } from '../store/team-user.ts'

/** Who is shut out, and when. */
export type ShutOut = { userId: string; disabledAt: Temporal.Instant }

/**
 * Shuts a person out in the caller's transaction: every session and an open invitation end. Expects
 * the row of a person who is not shut out yet locked.
 */
export async function shutOutPerson(tx: Tx, tenantId: string, shutOut: ShutOut): Promise<void> {
  const { userId, disabledAt } = shutOut
  await disableUser(tx, tenantId, shutOut)
  await removeInvitation(tx, tenantId, userId)
  await publishUserDisabled(tx, tenantId, userId, disabledAt)
}

/**
 * Revokes the keys that the person made, and those that were made with them. Expects the person's row
 * locked; a person who is shut out makes no more.
 */
export async function revokeKeysMadeBy(tx: Tx, tenantId: string, shutOut: ShutOut): Promise<void> {
  const { userId, disabledAt: revokedAt } = shutOut
  for (;;) {
    const revoked = await revokeKeysOfPerson(tx, tenantId, { userId, revokedAt })
    if (revoked.length === 0) return
    for (const apiKeyId of revoked) {
      await publishApiKeyRevoked(tx, tenantId, { apiKeyId, revokedAt })
    }
    // A key that was being made with one of these held it locked: it is there now, and nobody saw it before.
  }
}
