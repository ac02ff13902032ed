import { createHmac, hkdfSync } from 'node:crypto'
import { assert } from '@purser/kernel'
import type { MailTokenPurpose } from '../domain/mail-token.ts'
import { type OpaqueTokenPrefix, opaqueToken, readOpaqueToken } from '../domain/opaque-token.ts'

/** What a mailed token is for: its text begins with it, and works for nothing else. */
export const mailTokenPrefixes = {
  verify_email: 'ev',
  reset_password: 'pr',
  change_email: 'ec',
  invitation: 'inv',
} as const satisfies Record<MailTokenPurpose | 'invitation', OpaqueTokenPrefix>

/** Names one mailed token. */
export type MailedToken = {
  purpose: keyof typeof mailTokenPrefixes
  tenantId: string
  /** Never used for another token: the text follows from it. */
  tokenId: string
}

/**
 * The text of a mailed token, and its SHA-256. The secret part is HMAC-SHA256 of prefix, tenant and
 * id under a key derived by HKDF from the platform's secret: who has not that secret cannot guess
 * it, and a job that writes the mail later derives it again, so that it is stored nowhere.
 */
export function mailToken(
  secret: string,
  { purpose, tenantId, tokenId }: MailedToken,
): { text: string; secretHash: Buffer } {
  const prefix = mailTokenPrefixes[purpose]
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'purser mailed tokens', 32))
  const derived = createHmac('sha256', key).update(`${prefix}\0${tenantId}\0${tokenId}`).digest()
  const text = opaqueToken(prefix, tenantId, derived)
  const secretHash = readOpaqueToken(prefix, text)?.secretHash
  assert(secretHash, 'a token that was made can be read')
  return { text, secretHash }
}
