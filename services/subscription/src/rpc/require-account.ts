import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'

/**
 * Throws `resource.not_found` for an account that does not exist. Asks in the service's own name: who
 * may read subscriptions need not be allowed to read accounts.
 */
export async function requireAccount(
  ctx: SubscriptionContext,
  call: HandlerContext,
  { tenant, accountId }: { tenant: string; accountId: string },
): Promise<void> {
  const options = asService('subscription', tenant, { context: call })
  const request = { tenant, accountIds: [accountId] }
  const { missingAccountIds } = await ctx.clients.user.findMissingAccounts(request, options)
  if (missingAccountIds.length === 0) return
  throw new PurserError('resource.not_found', `There is no account "${accountId}".`)
}
