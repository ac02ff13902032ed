import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { Principal } from '@purser/rpc'
import { isUsable } from '../domain/api-key.ts'
import { findApiKey } from '../store/api-key.ts'
import { lockApiKeys } from '../store/api-key-rotation.ts'
import { lockUser } from '../store/tenant-user.ts'

/**
 * Makes sure, under a lock, that who asks for a secret may still act: what the gateway said of them
 * is up to 5 seconds old, and a key that they get hold of would outlive them. `keyIds` are keys that are
 * locked with it, in one order. Throws `auth.permission_denied`.
 */
export async function requireKeyMaker(
  tx: Tx,
  tenantId: string,
  maker: { caller: Principal; now: Temporal.Instant; keyIds?: readonly string[] },
): Promise<void> {
  const { caller, now, keyIds = [] } = maker
  const { kind, id } = caller
  if (kind === 'user' && (await lockUser(tx, tenantId, id))?.status !== 'active') throw gone()
  await lockApiKeys(tx, tenantId, kind === 'api_key' ? [...keyIds, id] : keyIds)
  if (kind !== 'api_key') return
  const key = await findApiKey(tx, tenantId, id)
  if (key === undefined || !isUsable(key, now)) throw gone()
}

function gone(): PurserError {
  return new PurserError('auth.permission_denied', 'The caller is shut out.')
}
