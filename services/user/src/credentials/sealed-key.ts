import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { assert } from '@purser/kernel'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts a private key with AES-256-GCM: nonce (12 bytes), tag (16 bytes), ciphertext. The key is
 * HKDF-SHA256 of the platform's secret; `keyId` is authenticated with it, so that a sealed key
 * opens under its own id alone. `nonce` must be random and fresh each time.
 */
export function sealKey(
  secret: string,
  key: { keyId: string; privateKey: string; nonce: Uint8Array },
): Buffer {
  assert(key.nonce.length === nonceBytes, 'a nonce has 12 bytes')
  const sealing = createCipheriv(cipher, sealingKey(secret), key.nonce)
  sealing.setAAD(Buffer.from(key.keyId))
  const sealed = Buffer.concat([sealing.update(key.privateKey, 'utf8'), sealing.final()])
  return Buffer.concat([key.nonce, sealing.getAuthTag(), sealed])
}

/** The key that `sealKey` sealed. Throws an Error when secret, id or bytes are not the same. */
export function openSealedKey(
  secret: string,
  { keyId, sealed }: { keyId: string; sealed: Uint8Array },
): string {
  const bytes = Buffer.from(sealed)
  const options = { authTagLength: tagBytes }
  const nonce = bytes.subarray(0, nonceBytes)
  const opening = createDecipheriv(cipher, sealingKey(secret), nonce, options)
  opening.setAAD(Buffer.from(keyId))
  opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  const text = opening.update(bytes.subarray(nonceBytes + tagBytes))
  return Buffer.concat([text, opening.final()]).toString('utf8')
}

function sealingKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'purser signing keys', 32))
}
