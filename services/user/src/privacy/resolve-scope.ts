import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PrivacyScope, PrivacySubject } from '../domain/privacy.ts'
import { findAccount } from '../store/account.ts'
import { findOwnerOfAccount, listOwnAccounts } from '../store/privacy-subject.ts'
import { findUser } from '../store/tenant-user.ts'

/**
 * Whose data is meant: a person means their own accounts too, that is those of a person, not of an
 * organization, that nobody else is in; and such an account means its person. Throws
 * `resource.not_found`.
 */
export async function resolveScope(
  tx: Tx,
  tenantId: string,
  { kind, id }: PrivacySubject,
): Promise<PrivacyScope> {
  const userId = kind === 'user' ? id : await findOwnerOfAccount(tx, tenantId, id)
  if (kind === 'account' && !(await findAccount(tx, tenantId, id))) {
    throw new PurserError('resource.not_found', `There is no account "${id}".`)
  }
  if (userId === undefined) return { userIds: [], accountIds: [id] }
  if (!(await findUser(tx, tenantId, userId))) {
    throw new PurserError('resource.not_found', `There is no user "${userId}".`)
  }
  return { userIds: [userId], accountIds: await listOwnAccounts(tx, tenantId, userId) }
}
