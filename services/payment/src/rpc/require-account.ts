import type { HandlerContext } from '@connectrpc/connect'
import { asService } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'

/**
 * Throws `resource.not_found` for an account that the tenant does not have. Asked in the service's own
 * name: who may see cards need not be allowed to read accounts.
 */
export async function requireAccount(
  ctx: PaymentContext,
  { tenant, accountId }: { tenant: string; accountId: string },
  call: HandlerContext,
): Promise<void> {
  const options = asService('payment', tenant, { context: call })
  await ctx.clients.user.getAccount({ tenant, accountId }, options)
}
