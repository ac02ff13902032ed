import type { Tx } from '@purser/postgres'
import type { TellingContext } from '../context.ts'
import type { Subscription } from '../domain/subscription.ts'
import { hasEnded, MAX_HELD } from '../domain/subscription.ts'
import type { TopUp } from '../domain/top-up.ts'
import type { AccountRevision } from '../store/account-revision.ts'
import { listEntitlingSubscriptions } from '../store/subscription.ts'
import { listOpenTopUps } from '../store/top-up.ts'

/** What metering has to know of an account. */
export type AccountState = AccountRevision & {
  /** Subscriptions to plans with features: in force, to come, and just ended. */
  subscriptions: readonly Subscription[]
  topUps: readonly TopUp[]
}

/**
 * An ended subscription is told for so long: the database of metering, whose clock decides, may be
 * behind this process.
 */
const KEPT_AFTER_END_SECONDS = 60

/** The states that belong to these revisions; ask in the transaction that read them. */
export async function readAccountStates(
  ctx: TellingContext,
  tx: Tx,
  tenant: string,
  revisions: readonly AccountRevision[],
): Promise<AccountState[]> {
  if (revisions.length === 0) return []
  const accountIds = revisions.map(({ accountId }) => accountId)
  const now = ctx.clock.now({ tenantId: tenant })
  const after = now.subtract({ seconds: KEPT_AFTER_END_SECONDS })
  const subscriptions = await listEntitlingSubscriptions(tx, tenant, accountIds, after)
  const topUps = await listOpenTopUps(tx, tenant, accountIds, now)
  const subscriptionsOf = Map.groupBy(subscriptions, ({ accountId }) => accountId)
  const topUpsOf = Map.groupBy(topUps, ({ accountId }) => accountId)
  return revisions.map(({ accountId, revision }) => ({
    accountId,
    revision,
    subscriptions: mostCurrent(subscriptionsOf.get(accountId) ?? [], now),
    topUps: topUpsOf.get(accountId) ?? [],
  }))
}

/** As many as a call takes: of those that have ended only what there is room for, the latest first. */
function mostCurrent(subscriptions: readonly Subscription[], now: Temporal.Instant) {
  if (subscriptions.length <= MAX_HELD) return subscriptions
  const ended = subscriptions.filter((subscription) => hasEnded(subscription, now))
  const others = subscriptions.filter((subscription) => !hasEnded(subscription, now))
  return [...others, ...ended.toReversed()].slice(0, MAX_HELD)
}
