import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { assert, type Clock, PurserError, systemClock } from '@purser/kernel'
import type { Principal, PrincipalKind } from './principal.ts'

/** The header that carries the token between processes. */
export const principalHeader = 'purser-principal'

const LIFETIME_SECONDS = 60
const VERSION = 'p1'
const kinds: ReadonlySet<string> = new Set<PrincipalKind>([
  'api_key',
  'user',
  'service',
  'anonymous',
])

/**
 * Signs and verifies principals for calls between processes. A token is
 * `p1.<base64url JSON>.<base64url HMAC-SHA256>` and lives 60 seconds, long enough for skewed clocks
 * and short enough to be useless in a log. It says who calls, it does not hide it.
 */
export type PrincipalCodec = {
  sign(principal: Principal): string
  /** Throws `auth.invalid_credentials` for a forged, damaged or expired token. */
  verify(token: string): Principal
}

/** `key` is shared by all processes of one deployment, at least 32 bytes. */
export function createPrincipalCodec(options: {
  key: string | Uint8Array
  clock?: Clock
}): PrincipalCodec {
  const clock = options.clock ?? systemClock
  const bytes = Buffer.from(options.key)
  assert(bytes.length >= 32, 'the principal key has at least 32 bytes')
  const key = createSecretKey(bytes)
  const nowSeconds = () => clock.now().epochMilliseconds / 1000
  const macOf = (signed: string) => createHmac('sha256', key).update(signed).digest()

  return {
    sign(principal) {
      const { kind, id, tenant, permissions } = principal
      const exp = Math.ceil(nowSeconds()) + LIFETIME_SECONDS
      const payload = Buffer.from(JSON.stringify({ kind, id, tenant, permissions, exp }))
      const signed = `${VERSION}.${payload.toString('base64url')}`
      return `${signed}.${macOf(signed).toString('base64url')}`
    },
    verify(token) {
      const end = token.lastIndexOf('.')
      const signed = token.slice(0, end)
      const mac = Buffer.from(token.slice(end + 1), 'base64url')
      const expected = macOf(signed)
      if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) throw refused()
      return readPayload(signed, nowSeconds())
    },
  }
}

function readPayload(signed: string, nowSeconds: number): Principal {
  const [version, payload = '', ...rest] = signed.split('.')
  if (version !== VERSION || rest.length > 0) throw refused()
  const claims: unknown = parseJson(Buffer.from(payload, 'base64url').toString())
  if (!isClaims(claims) || nowSeconds >= claims.exp) throw refused()
  const { kind, id, tenant, permissions } = claims
  return { kind, id, tenant, permissions }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refused(cause)
  }
}

function isClaims(value: unknown): value is Principal & { exp: number } {
  if (typeof value !== 'object' || value === null) return false
  const claims = value as Record<string, unknown>
  return (
    kinds.has(String(claims.kind)) &&
    typeof claims.id === 'string' &&
    typeof claims.tenant === 'string' &&
    typeof claims.exp === 'number' &&
    Array.isArray(claims.permissions) &&
    claims.permissions.every((permission) => typeof permission === 'string')
  )
}

function refused(cause?: unknown): PurserError {
  return new PurserError(
    'auth.invalid_credentials',
    'the principal token is not valid or has expired',
    { cause },
  )
}
