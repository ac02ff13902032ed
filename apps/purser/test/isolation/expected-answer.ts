import type { Credential } from './credentials.ts'
import type { Operation } from './operation.ts'
import type { Target } from './targets.ts'

/**
 * What the contract promises: one status; `served`: let through to the method, whatever it answers; `denied inside`:
 * 403, unless the rules of the request refuse it before.
 */
export type Expected = 401 | 403 | 404 | 'served' | 'denied inside'

/** About the caller and yet for keys too. */
const SERVES_KEYS = new Set(['ListWidgets'])

/** Computed from the contract's access option and what the caller holds, by nothing else. */
export function expectedAnswer(
  { permission, namesTenant, route }: Operation,
  { kind, permissions }: Credential,
  { isHome }: Target,
): Expected {
  if (kind === 'refused') return 401
  if (permission === undefined) return 'served'
  if (kind === 'none') return 401
  if (!isHeld(permissions, permission)) return 403
  if (namesTenant && !isHome) return 404
  if (namesTenant) return 'served'
  // Without a tenant in the request the caller is whom it is about, and a key is nobody.
  return kind === 'person' || SERVES_KEYS.has(route.method.name) ? 'served' : 'denied inside'
}

/** As `proto/purser/options/v1/options.proto` words it: by itself or by a wildcard above it. */
function isHeld(held: readonly string[], wanted: string): boolean {
  return held.some((permission) => {
    if (permission === '*' || permission === wanted) return true
    return permission.endsWith('.*') && wanted.startsWith(permission.slice(0, -1))
  })
}

/** Whether a status is what was expected. A method that is reached refuses by anything but these. */
export function isAsExpected(expected: Expected, status: number): boolean {
  if (expected === 'denied inside') return status === 403 || status === 400
  if (expected !== 'served') return status === expected
  return status < 500 && status !== 401 && status !== 403
}
