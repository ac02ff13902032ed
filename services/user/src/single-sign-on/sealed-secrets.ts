import { randomBytes } from 'node:crypto'
import { openSealedText, sealText } from '../credentials/sealed-text.ts'
import type { AttemptSecrets } from '../domain/sso-connection.ts'

const clientSecret = 'purser sso client secrets'
const attempt = 'purser sso attempts'

/** Seals a client secret for one connection. */
export function sealClientSecret(secret: string, connectionId: string, text: string): Buffer {
  const place = { purpose: clientSecret, id: connectionId }
  return sealText(secret, place, { text, nonce: randomBytes(12) })
}

/** The client secret of a connection. Throws an Error when it was sealed with another secret. */
export function openClientSecret(secret: string, connectionId: string, sealed: Uint8Array): string {
  return openSealedText(secret, { purpose: clientSecret, id: connectionId }, sealed)
}

/** Seals nonce and PKCE verifier for the one sign-in whose state has this hash. */
export function sealAttempt(secret: string, stateHash: Buffer, secrets: AttemptSecrets): Buffer {
  const place = { purpose: attempt, id: stateHash.toString('hex') }
  return sealText(secret, place, { text: JSON.stringify(secrets), nonce: randomBytes(12) })
}

/** What `sealAttempt` sealed. Throws an Error for another sign-in or secret. */
export function openAttempt(secret: string, stateHash: Buffer, sealed: Uint8Array): AttemptSecrets {
  const place = { purpose: attempt, id: stateHash.toString('hex') }
  return JSON.parse(openSealedText(secret, place, sealed)) as AttemptSecrets
}
