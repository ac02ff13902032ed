import { generateKeyPairSync, sign } from 'node:crypto'

/** A signed-in person as the user service would tell of them. */
export const person = { tenant: 'acme', userId: 'user_1', sessionId: 'session_1' }

const KEY_ID = 'key-1'
const LIFE_SECONDS = 3_600

/** An access token of `person` (RFC 9068) under a fresh key, and the key set that verifies it. */
export function newAccessToken(
  issuer: string,
  issuedAt: Temporal.Instant,
): { token: string; jwksJson: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const iat = Math.floor(issuedAt.epochMilliseconds / 1_000)
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: KEY_ID }
  const payload = {
    iss: issuer,
    aud: 'purser',
    sub: person.userId,
    tenant: person.tenant,
    sid: person.sessionId,
    iat,
    exp: iat + LIFE_SECONDS,
  }
  const input = `${encode(header)}.${encode(payload)}`
  const signature = sign(null, Buffer.from(input), privateKey).toString('base64url')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'EdDSA', use: 'sig' }
  return { token: `${input}.${signature}`, jwksJson: JSON.stringify({ keys: [jwk] }) }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
