import { openSealedText, sealText } from './sealed-text.ts'

const purpose = 'purser signing keys'

/**
 * Encrypts a private key; see `sealText`. `keyId` is authenticated with it, so that a sealed key
 * opens under its own id alone. `nonce` must be 12 random bytes, fresh each time.
 */
export function sealKey(
  secret: string,
  key: { keyId: string; privateKey: string; nonce: Uint8Array },
): Buffer {
  const { keyId: id, privateKey: text, nonce } = key
  return sealText(secret, { purpose, id }, { text, nonce })
}

/** The key that `sealKey` sealed. Throws an Error when secret, id or bytes are not the same. */
export function openSealedKey(
  secret: string,
  { keyId: id, sealed }: { keyId: string; sealed: Uint8Array },
): string {
  return openSealedText(secret, { purpose, id }, sealed)
}
