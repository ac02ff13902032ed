import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { assert } from '@purser/kernel'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** What is sealed, and where it belongs. */
export type SealedPlace = {
  /** Names the key: what is sealed for one purpose cannot be opened for another. */
  purpose: string
  /** Authenticated with the text: it opens under its own id alone. */
  id: string
}

/**
 * Encrypts a text with AES-256-GCM: nonce (12 bytes), tag (16 bytes), ciphertext. The key is
 * HKDF-SHA256 of the platform's secret and the purpose. `nonce` must be random and fresh each time.
 */
export function sealText(
  secret: string,
  { purpose, id }: SealedPlace,
  { text, nonce }: { text: string; nonce: Uint8Array },
): Buffer {
  assert(nonce.length === nonceBytes, 'a nonce has 12 bytes')
  const sealing = createCipheriv(cipher, keyFor(secret, purpose), nonce)
  sealing.setAAD(Buffer.from(id))
  const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
  return Buffer.concat([nonce, sealing.getAuthTag(), sealed])
}

/** The text that `sealText` sealed. Throws an Error when secret, place or bytes are not the same. */
export function openSealedText(
  secret: string,
  { purpose, id }: SealedPlace,
  sealed: Uint8Array,
): string {
  const bytes = Buffer.from(sealed)
  const options = { authTagLength: tagBytes }
  const nonce = bytes.subarray(0, nonceBytes)
  const opening = createDecipheriv(cipher, keyFor(secret, purpose), nonce, options)
  opening.setAAD(Buffer.from(id))
  opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  const text = opening.update(bytes.subarray(nonceBytes + tagBytes))
  return Buffer.concat([text, opening.final()]).toString('utf8')
}

function keyFor(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
}
