import { createHash } from 'node:crypto'
import { assert, isSlug } from '@purser/kernel'

/**
 * Refresh tokens, invitations, links that verify an address, reset a password or change the
 * address, and challenges of a second factor.
 */
export type OpaqueTokenPrefix = 'rt' | 'inv' | 'ev' | 'pr' | 'ec' | 'sf' | 'sso'

const secretBytes = 32
const pattern = /^(rt|inv|ev|pr|ec|sf|sso)_([^.]+)\.[A-Za-z0-9_-]{43}$/

/**
 * `<prefix>_<tenant>.<43 characters>`, the last part being 32 random bytes in base64url. The tenant
 * stands in it so that no look-up crosses tenants; it grants nothing by itself.
 */
export function opaqueToken(
  prefix: OpaqueTokenPrefix,
  tenantId: string,
  random: Uint8Array,
): string {
  assert(random.length === secretBytes, 'a token is made of 32 random bytes')
  return `${prefix}_${tenantId}.${Buffer.from(random).toString('base64url')}`
}

/**
 * The tenant of a token and the SHA-256 of its whole text, 32 bytes; undefined for any other text.
 * A plain hash is enough: nobody can guess 256 random bits.
 */
export function readOpaqueToken(
  prefix: OpaqueTokenPrefix,
  text: string,
): { tenantId: string; secretHash: Buffer } | undefined {
  const [, found, tenantId] = pattern.exec(text) ?? []
  if (found !== prefix || tenantId === undefined || !isSlug(tenantId)) return undefined
  return { tenantId, secretHash: createHash('sha256').update(text).digest() }
}
