import type { HandlerContext } from '@connectrpc/connect'
import { asService } from '@purser/rpc'
import type { BillingContext } from '../context.ts'

/** The zone in which the months of a tenant begin and end. Throws `resource.not_found`. */
export async function tenantTimeZone(
  ctx: BillingContext,
  tenant: string,
  call: HandlerContext,
): Promise<string> {
  const options = asService('billing', tenant, { context: call })
  return (await ctx.clients.user.getTenant({ tenant }, options)).timeZone
}
