import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { SigningKey } from './signing-keys.ts'

const lifetimeSeconds = 300

/** Who an access token speaks for, and since when. */
export type AccessClaims = {
  issuer: string
  tenant: string
  userId: string
  sessionId: string
  now: Temporal.Instant
}

/**
 * A JWT (RFC 9068) signed with EdDSA, good for 5 minutes for the audience `purser`. It says whose
 * session it is and nothing of permissions, which are asked for at each use.
 */
export async function signAccessToken(
  { keyId, privateKey }: SigningKey,
  { issuer, tenant, userId, sessionId, now }: AccessClaims,
): Promise<{ accessToken: string; expiresAt: Temporal.Instant }> {
  const issuedAt = Math.floor(now.epochMilliseconds / 1000)
  const expiresAt = issuedAt + lifetimeSeconds
  const accessToken = await new SignJWT({ tenant, sid: sessionId })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keyId })
    .setIssuer(issuer)
    .setAudience('purser')
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(randomUUID())
    .sign(privateKey)
  return { accessToken, expiresAt: Temporal.Instant.fromEpochMilliseconds(expiresAt * 1000) }
}
