import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { assert } from '@purser/kernel'

const secretBytes = 32
const prefixLength = 'pk_'.length + 8
const secretPattern = /^(pk_[A-Za-z0-9_-]{43})_([A-Za-z0-9_-]{6})$/

/**
 * The secret made of 32 random bytes: `pk_<43 characters>_<6 characters>`, both in base64url, the
 * second the CRC-32 of all that stands before its `_`. The fixed start lets scanners find leaked
 * keys, the checksum tells a mistyped or cut key without asking the database. Source: GitHub's
 * token format,
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
export function apiKeySecret(random: Uint8Array): string {
  assert(random.length === secretBytes, 'a secret is made of 32 random bytes')
  const body = `pk_${Buffer.from(random).toString('base64url')}`
  return `${body}_${checksum(body)}`
}

/**
 * Whether the text has the form of a secret and the right checksum; says nothing about its
 * validity.
 */
export function isApiKeySecret(text: string): boolean {
  const [, body, sum] = secretPattern.exec(text) ?? []
  return body !== undefined && sum === checksum(body)
}

/**
 * SHA-256 of a secret, 32 bytes. A plain hash is enough and lets the database look it up by index:
 * nobody can guess 256 random bits, which is what slow, salted hashes of passwords defend against.
 */
export function hashApiKeySecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** The part of a secret that may be shown, 11 characters: 208 bits of it stay unknown. */
export function apiKeyPrefix(secret: string): string {
  return secret.slice(0, prefixLength)
}

function checksum(body: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64url')
}
