import { SubscriptionStatus } from '@purser/contracts/subscription/v1/subscription'
import { asService } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { type PersonalDataHolder, remoteHolder } from './holder.ts'
import { ownHolder } from './own-holder.ts'

/**
 * What exports and erasures may touch. Their present is the platform's, never one tenant's test clock:
 * how long data is kept is no rehearsal.
 */
export type PrivacyContext = UserContext & {
  /** Services in the order in which they are walked; this one last, since it knows whom to look for. */
  holders: readonly PersonalDataHolder[]
  /** Whether any of these accounts has a subscription that is not canceled. */
  hasActiveSubscription(tenant: string, accountIds: readonly string[]): Promise<boolean>
}

/** The context of a service with its neighbours; without any, all that is held is its own. */
export function createPrivacyContext(ctx: UserContext): PrivacyContext {
  const { neighbours } = ctx
  const remote = neighbours?.holders.map(({ service, client }) => remoteHolder(service, client))
  return {
    ...ctx,
    holders: [...(remote ?? []), ownHolder(ctx)],
    hasActiveSubscription: async (tenant, accountIds) => {
      for (const accountId of accountIds) {
        const question = { tenant, accountId, status: SubscriptionStatus.ACTIVE, pageSize: 1 }
        const options = asService('user', tenant)
        const answer = await neighbours?.subscription.listSubscriptions(question, options)
        if (answer !== undefined && answer.subscriptions.length > 0) return true
      }
      return false
    },
  }
}
