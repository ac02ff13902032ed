import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import { holdsPermission } from '../../domain/permission.ts'
import { findAccount } from '../../store/account.ts'
import { findMember } from '../../store/member.ts'

/** Who decides about an account: staff of the tenant, or a member of the account. */
export type AccountAccess = 'operator' | 'admin' | 'member'

/**
 * As what the caller may look at or change an account: whoever holds `operatorPermission` as an
 * operator, a person else as the member they are. Throws `resource.not_found` for an account that
 * does not exist and, word for word the same, for one that the caller is not in.
 */
export async function accessToAccount(
  tx: Tx,
  call: HandlerContext,
  account: { tenant: string; accountId: string },
  operatorPermission: 'user.accounts.read' | 'user.accounts.write',
): Promise<AccountAccess> {
  const { tenant, accountId } = account
  const { kind, id, permissions } = principalOf(call)
  if (holdsPermission(permissions, operatorPermission)) {
    if (await findAccount(tx, tenant, accountId)) return 'operator'
    throw unknownAccount(accountId)
  }
  const member =
    kind === 'user' ? await findMember(tx, tenant, { accountId, userId: id }) : undefined
  if (member === undefined) throw unknownAccount(accountId)
  return member.role
}

/** As `accessToAccount`, to decide who is in it; throws `auth.permission_denied` for plain members. */
export async function requireAccountAdmin(
  tx: Tx,
  call: HandlerContext,
  account: { tenant: string; accountId: string },
): Promise<Exclude<AccountAccess, 'member'>> {
  const access = await accessToAccount(tx, call, account, 'user.accounts.write')
  if (access !== 'member') return access
  const message = 'An admin of the account decides who is in it.'
  throw new PurserError('auth.permission_denied', message)
}

/** The refusal for an account that does not exist, or is not the caller's. */
export function unknownAccount(accountId: string): PurserError {
  return new PurserError('resource.not_found', `There is no account "${accountId}".`)
}

/** The refusal for a person who is not in the account. */
export function unknownMember(userId: string): PurserError {
  return new PurserError('resource.not_found', `The account has no member "${userId}".`)
}
