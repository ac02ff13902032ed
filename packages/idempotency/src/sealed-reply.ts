import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * The reply encrypted with AES-256-GCM under a key derived (HKDF-SHA-256) from the Idempotency-Key:
 * nonce, ciphertext, tag. Only who has the key can read it again; the database alone cannot.
 */
export function sealReply(reply: Uint8Array, key: string, principal: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, principal), nonce)
  return Buffer.concat([nonce, cipher.update(reply), cipher.final(), cipher.getAuthTag()])
}

/** The reply that `sealReply` sealed. Throws when key, principal or bytes are other ones. */
export function openReply(sealed: Buffer, key: string, principal: string): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', deriveKey(key, principal), nonce)
  decipher.setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
}

function deriveKey(key: string, principal: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, principal, 'purser idempotency reply', 32))
}
