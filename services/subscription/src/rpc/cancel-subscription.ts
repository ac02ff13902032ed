import type {
  CancelSubscriptionRequest,
  Subscription,
} from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { cancel } from '../domain/cancel.ts'
import { publishSubscriptionCanceled } from '../events.ts'
import { markSubscriptionChanged } from '../projection/mark-changed.ts'
import { lockSubscription, updateEnd } from '../store/subscription.ts'
import { fromProtoInstant, toProtoSubscription } from './convert.ts'
import { noSuchSubscription } from './get-subscription.ts'

/**
 * Ends a subscription. One that is canceled keeps its end, whatever the call names. Throws
 * `resource.not_found`, and `request.invalid` for an end before the start or before the current
 * billing period.
 */
export function cancelSubscription(ctx: SubscriptionContext) {
  return async (req: CancelSubscriptionRequest): Promise<Subscription> => {
    const { tenant, subscriptionId } = req
    const endAt = req.endTime && fromProtoInstant(req.endTime)
    return await ctx.db.tx(tenant, async (tx) => {
      const found = await lockSubscription(tx, tenant, subscriptionId)
      if (found === undefined) throw noSuchSubscription(subscriptionId)
      const scope = { tenantId: tenant, accountId: found.accountId }
      const now = ctx.clock.now(scope).round('microsecond')
      const canceled = cancel(found, endAt, now)
      if (canceled !== found) {
        await updateEnd(tx, tenant, canceled)
        await publishSubscriptionCanceled(tx, tenant, now, canceled)
        await markSubscriptionChanged(ctx, tx, tenant, canceled)
      }
      return toProtoSubscription(canceled, currentPeriod(canceled, now))
    })
  }
}
