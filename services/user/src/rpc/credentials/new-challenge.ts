import { randomBytes } from 'node:crypto'
import type { Tx } from '@purser/postgres'
import { hashChallenge } from '../../credentials/passkey-response.ts'
import { insertChallenge } from '../../store/sign-in-challenge.ts'

const lifetime = Temporal.Duration.from({ minutes: 5 })

/** Makes the 32 random bytes that an authenticator is to sign, and stores their hash. */
export async function newChallenge(
  tx: Tx,
  tenantId: string,
  wanted: {
    purpose: 'passkey_registration' | 'passkey_sign_in'
    userId: string | undefined
    now: Temporal.Instant
  },
): Promise<Uint8Array> {
  const challenge = randomBytes(32)
  const secretHash = hashChallenge(challenge.toString('base64url'))
  const { purpose, userId, now } = wanted
  const expiresAt = now.add(lifetime)
  await insertChallenge(tx, tenantId, { secretHash, purpose, userId, expiresAt })
  return challenge
}
