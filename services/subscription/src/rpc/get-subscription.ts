import type {
  GetSubscriptionRequest,
  Subscription,
} from '@purser/contracts/subscription/v1/subscription'
import { PurserError } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { findSubscription } from '../store/subscription.ts'
import { toProtoSubscription } from './convert.ts'

/** Answers one subscription with its current billing period. Throws `resource.not_found`. */
export function getSubscription(ctx: SubscriptionContext) {
  return async ({ tenant, subscriptionId }: GetSubscriptionRequest): Promise<Subscription> => {
    const subscription = await ctx.db.tx(
      tenant,
      (tx) => findSubscription(tx, tenant, subscriptionId),
      { readOnly: true },
    )
    if (subscription === undefined) throw noSuchSubscription(subscriptionId)
    const now = ctx.clock.now({ tenantId: tenant, accountId: subscription.accountId })
    return toProtoSubscription(subscription, currentPeriod(subscription, now))
  }
}

/** The refusal for a subscription that does not exist. */
export function noSuchSubscription(subscriptionId: string): PurserError {
  return new PurserError('resource.not_found', `There is no subscription "${subscriptionId}".`)
}
