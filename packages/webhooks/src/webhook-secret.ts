import { hkdfSync } from 'node:crypto'

/**
 * A secret that webhooks are signed with, `whsec_` and 43 characters of base64url: HKDF (RFC 5869) of
 * `secret` by SHA-256. One `purpose` always has the same, and nothing follows from it for another.
 */
export function deriveWebhookSecret(secret: string, purpose: string): string {
  const key = hkdfSync('sha256', secret, '', purpose, 32)
  return `whsec_${Buffer.from(key).toString('base64url')}`
}
