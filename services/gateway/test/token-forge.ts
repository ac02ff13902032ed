import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { ISSUER } from './gateway-harness.ts'

/** A member with the value undefined is left out. */
export type Members = Record<string, unknown>

const KID = 'key-1'

/** The present of tests about tokens. */
export const NOW = Temporal.Instant.from('2026-02-15T12:00:00Z')
export const nowSeconds = NOW.epochMilliseconds / 1_000

/** A fresh key pair with its public half as the user service tells it. */
export function newSigner(kid = KID) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' }
  return { kid, privateKey, publicKey, jwk }
}

export type Signer = ReturnType<typeof newSigner>

export const goodHeader = { alg: 'EdDSA', typ: 'at+jwt', kid: KID }

export const goodClaims = {
  iss: ISSUER,
  aud: 'purser',
  sub: 'user_1',
  tenant: 'acme',
  sid: 'session_1',
  iat: nowSeconds,
  exp: nowSeconds + 900,
}

/** A part of a token: bytes and texts as they are, else as JSON. */
export function encode(part: unknown): string {
  const raw = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)
  return Buffer.from(raw).toString('base64url')
}

/** Signs whatever it is given, however malformed. */
export function signed(
  { privateKey }: { privateKey: KeyObject },
  header: unknown,
  payload: unknown,
): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${encode(sign(null, Buffer.from(input), privateKey))}`
}

/** A good token but for these changes. */
export function token(signer: Signer, claims: Members = {}, header: Members = {}): string {
  return signed(signer, { ...goodHeader, kid: signer.kid, ...header }, { ...goodClaims, ...claims })
}
