import type { HandlerContext } from '@connectrpc/connect'
import type {
  CreateSubscriptionRequest,
  Subscription,
} from '@purser/contracts/subscription/v1/subscription'
import { assert, PurserError } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { publishSubscriptionActivated } from '../events.ts'
import { toProtoSubscription } from './convert.ts'
import { subscribe } from './subscribe.ts'

/**
 * Subscribes an account to a plan. Throws what `subscribe` throws, and
 * `subscription.already_active` when the account is on the plan, or stays on it until after the
 * start.
 */
export function createSubscription(ctx: SubscriptionContext) {
  return async (req: CreateSubscriptionRequest, call: HandlerContext): Promise<Subscription> => {
    const { tenant, subscription: requested } = req
    assert(requested, 'the contract requires a subscription')
    const wanted = [{ requested, path: 'subscription' }]
    const { created } = await subscribe(ctx, call, { tenant, wanted }, async (tx, subscribed) => {
      const [subscription] = subscribed.created
      if (subscription === undefined) throw alreadyActive(requested.planKey)
      await publishSubscriptionActivated(tx, tenant, subscription)
    })
    const [subscription] = created
    assert(subscription, 'one subscription is created')
    const now = ctx.clock.now({ tenantId: tenant, accountId: subscription.accountId })
    return toProtoSubscription(subscription, currentPeriod(subscription, now))
  }
}

function alreadyActive(planKey: string): PurserError {
  const message = `The account is on the plan "${planKey}" at that time already.`
  return new PurserError('subscription.already_active', message)
}
