import { PurserError } from '@purser/kernel'

export type ConnectionChanges = { user?: string; password?: string; database?: string }

/**
 * A Postgres URL with another user, password or database; all else, such as `sslmode`, is kept. A
 * unix socket is named as in libpq: `postgres://user@/database?host=/folder`. Throws
 * `platform.internal` for text that is not a Postgres URL, without repeating the text: it may hold
 * a password.
 */
export function connectionUrl(base: string, changes: ConnectionChanges): string {
  const url = parse(base)
  if (changes.user !== undefined) {
    url.username = encodeURIComponent(changes.user)
    url.password = encodeURIComponent(changes.password ?? '')
  } else if (changes.password !== undefined) {
    url.password = encodeURIComponent(changes.password)
  }
  if (changes.database !== undefined) url.pathname = `/${encodeURIComponent(changes.database)}`
  return url.href
}

function parse(base: string): URL {
  // WHATWG URLs refuse `user@/path`; the host is not used when `?host=` names a folder.
  const url = URL.parse(base.replace('@/', '@localhost/').replace(':///', '://localhost/'))
  if (url && (url.protocol === 'postgres:' || url.protocol === 'postgresql:')) return url
  throw new PurserError(
    'platform.internal',
    'A Postgres URL must look like postgres://user:password@host:5432/database.',
  )
}
