import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'

/** The person who calls. Throws `auth.permission_denied` for a key, a service and nobody. */
export function requirePerson(call: HandlerContext): { tenant: string; userId: string } {
  const { kind, tenant, id } = principalOf(call)
  if (kind === 'user') return { tenant, userId: id }
  throw new PurserError('auth.permission_denied', 'Only a person who is signed in can do this.')
}
