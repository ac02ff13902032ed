import type { SetSeatsRequest, Subscription } from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { setSeats as withSeats } from '../domain/set-seats.ts'
import { publishSeatsChanged } from '../events.ts'
import { markSubscriptionChanged } from '../projection/mark-changed.ts'
import { lockSubscription, updateSeats } from '../store/subscription.ts'
import { toProtoSubscription } from './convert.ts'
import { noSuchSubscription } from './get-subscription.ts'

/**
 * Sets how many seats a subscription has in all: repeating a call changes nothing. Throws
 * `resource.not_found`, and `subscription.not_active` for one that has ended.
 */
export function setSeats(ctx: SubscriptionContext) {
  return async ({ tenant, subscriptionId, seats }: SetSeatsRequest): Promise<Subscription> =>
    await ctx.db.tx(tenant, async (tx) => {
      const found = await lockSubscription(tx, tenant, subscriptionId)
      if (found === undefined) throw noSuchSubscription(subscriptionId)
      const scope = { tenantId: tenant, accountId: found.accountId }
      const now = ctx.clock.now(scope).round('microsecond')
      const subscription = withSeats(found, seats, now)
      if (subscription !== found) {
        await updateSeats(tx, tenant, subscription)
        const previousSeats = found.seats
        await publishSeatsChanged(tx, tenant, now, { subscription, previousSeats })
        await markSubscriptionChanged(ctx, tx, tenant, subscription)
      }
      return toProtoSubscription(subscription, currentPeriod(subscription, now))
    })
}
