import { toProtoTimestamp } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { isPlan } from '../domain/price-checkout.ts'
import { asCheckout } from './call-as-checkout.ts'
import { definiteRefusal, failureOf } from './refusal.ts'
import type { StepResult, UndoResult } from './step-result.ts'

/** Subscribes the account to the plans, each once: the checkout's id and the plan are the key. */
export async function subscribe(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const subscriptions: Record<string, string> = {}
  for (const { itemId } of checkout.facts.lines.filter(isPlan)) {
    try {
      subscriptions[itemId] = await subscribeTo(ctx, tenant, checkout, itemId)
    } catch (error) {
      const refusal = definiteRefusal(error)
      if (refusal === undefined) throw error
      const failure = failureOf(refusal)
      return { kind: 'refused', failure, inDoubt: true, facts: { subscriptions } }
    }
  }
  return { kind: 'done', facts: { subscriptions } }
}

/** The id of the subscription of a checkout to one of its plans; makes it unless it is there. */
async function subscribeTo(
  ctx: OrderContext,
  tenant: string,
  { checkoutId, accountId, createdAt, facts }: Checkout,
  planKey: string,
): Promise<string> {
  const plan = facts.lines.filter(isPlan).find(({ itemId }) => itemId === planKey)
  const subscription = {
    accountId,
    planKey,
    planVersion: plan?.version ?? 0,
    seats: plan?.quantity ?? 1,
    // Part of what the key stands for: the same however often it is asked for.
    startTime: toProtoTimestamp(createdAt),
  }
  const made = await ctx.clients.subscription.createSubscription(
    { tenant, subscription },
    {
      ...asCheckout(ctx, tenant),
      headers: { 'idempotency-key': `${checkoutId}/${planKey}` },
    },
  )
  return made.subscriptionId
}

/** Ends the subscriptions that were made at their start, so that nothing is billed. */
export async function unsubscribe(
  ctx: OrderContext,
  tenant: string,
  { facts, createdAt }: Checkout,
): Promise<UndoResult> {
  for (const subscriptionId of Object.values(facts.subscriptions ?? {})) {
    const endTime = toProtoTimestamp(createdAt)
    const request = { tenant, subscriptionId, endTime }
    await ctx.clients.subscription.cancelSubscription(request, asCheckout(ctx, tenant))
  }
  return { kind: 'done' }
}
