import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { claimCheckout } from '../store/checkout.ts'
import { runCheckout } from './run-checkout.ts'

/**
 * Goes on with a checkout that nobody works on, or whose worker's lease is over; undefined when there
 * is nothing to do.
 */
export async function resumeCheckout(
  ctx: OrderContext,
  tenant: string,
  checkoutId: string,
): Promise<Checkout | undefined> {
  const now = ctx.clock.now().round('microsecond')
  const leaseEnd = now.add({ milliseconds: ctx.leaseMs })
  const claimed = await ctx.db.tx(tenant, (tx) =>
    claimCheckout(tx, tenant, checkoutId, { now, leaseEnd }),
  )
  return claimed && (await runCheckout(ctx, tenant, claimed))
}
