import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { assert } from '@purser/kernel'
import type { Content } from '../domain/message.ts'

/** A message as it is sent, and the secrets in it. */
export type SecretContent = Content & { secrets: readonly string[] }

/** What a sealed content belongs to; it opens under nothing else. */
export type ContentOwner = { tenantId: string; messageId: string }

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts content with AES-256-GCM: nonce (12 bytes), tag (16 bytes), ciphertext. The key is HKDF-SHA256 of the
 * platform's secret; tenant and message are authenticated with it. `nonce` must be random and fresh each time.
 */
export function sealContent(
  secret: string,
  owner: ContentOwner,
  { content, nonce }: { content: SecretContent; nonce: Uint8Array },
): Buffer {
  assert(nonce.length === nonceBytes, 'a nonce has 12 bytes')
  const sealing = createCipheriv(cipher, sealingKey(secret), nonce)
  sealing.setAAD(nameOf(owner))
  const sealed = Buffer.concat([sealing.update(JSON.stringify(content), 'utf8'), sealing.final()])
  return Buffer.concat([nonce, sealing.getAuthTag(), sealed])
}

/** The content that `sealContent` sealed. Throws an Error when secret, owner or bytes are not the same. */
export function openContent(
  secret: string,
  owner: ContentOwner,
  sealed: Uint8Array,
): SecretContent {
  const bytes = Buffer.from(sealed)
  const options = { authTagLength: tagBytes }
  const nonce = bytes.subarray(0, nonceBytes)
  const opening = createDecipheriv(cipher, sealingKey(secret), nonce, options)
  opening.setAAD(nameOf(owner))
  opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  const text = opening.update(bytes.subarray(nonceBytes + tagBytes))
  return JSON.parse(Buffer.concat([text, opening.final()]).toString('utf8')) as SecretContent
}

function nameOf({ tenantId, messageId }: ContentOwner): Buffer {
  return Buffer.from(`${tenantId}/${messageId}`)
}

function sealingKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'purser notification content', 32))
}
