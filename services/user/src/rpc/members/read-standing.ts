import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type Me,
  type MyPlan,
  MyPlanSchema,
  type MyQuota,
  MyQuotaSchema,
} from '@purser/contracts/user/v1/user'
import { isPurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import type { UserNeighbours } from '../../neighbours.ts'

/** How long a person waits for a neighbour to be told who they are. */
const PATIENCE_MS = 500

type Question = { tenant: string; accountId: string }

/** Where an account stands: its plans and what is left of their features. */
type Standing = Pick<Me, 'plans' | 'quotas' | 'unavailableServices'>

/**
 * Asks the neighbours for an account's plans and quotas, each for 500 ms at the most. What fails is
 * left out, and its service is named in `unavailableServices`.
 */
export async function readStanding(
  { neighbours, log }: UserContext,
  call: HandlerContext,
  question: Question,
): Promise<Standing> {
  if (neighbours === undefined) return { plans: [], quotas: [], unavailableServices: [] }
  const unavailable = new Set<string>()
  const attempt = async <T>(service: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask()
    } catch (error) {
      if (!isPurserError(error)) throw error
      log.warn({ err: error, service }, 'answered without what the service knows')
      unavailable.add(service)
      return undefined
    }
  }
  const options = asService('user', question.tenant, { context: call, timeoutMs: PATIENCE_MS })
  const ask = { neighbours, options, question }
  const [plans, features] = await Promise.all([
    attempt('subscription', () => listPlans(ask)),
    attempt('subscription', () => listFeatures(ask)),
  ])
  const quotas = features && (await attempt('metering', () => listQuotas(ask, features)))
  return {
    plans: plans ?? [],
    quotas: quotas ?? [],
    unavailableServices: [...unavailable],
  }
}

type Ask = {
  neighbours: UserNeighbours
  options: ReturnType<typeof asService>
  question: Question
}

async function listPlans({ neighbours, options, question }: Ask): Promise<MyPlan[]> {
  const { plans } = await neighbours.subscription.listAccountPlans(question, options)
  return plans.map(({ name, subscription }) => {
    const { planKey = '', subscriptionId = '' } = subscription ?? {}
    return create(MyPlanSchema, { planKey, name, subscriptionId })
  })
}

async function listFeatures({ neighbours, options, question }: Ask): Promise<string[]> {
  const { entitlements } = await neighbours.subscription.listEntitlements(question, options)
  return [...new Set(entitlements.flatMap(({ entitlement }) => entitlement?.featureKey ?? []))]
}

async function listQuotas(
  { neighbours, options, question }: Ask,
  features: readonly string[],
): Promise<MyQuota[]> {
  if (features.length === 0) return []
  const { tenant, accountId } = question
  const asked = features.slice(0, 100).map((featureKey) => ({ featureKey }))
  const request = { tenant, accountIds: [accountId], features: asked }
  const { accounts } = await neighbours.metering.checkUsage(request, options)
  const standings = accounts.flatMap((account) => account.features)
  // Metering hears of a plan moments after subscription knows it: until then there is no quota, not one of nothing.
  const known = standings.filter(({ reason }) => reason !== 'feature_not_entitled')
  return known.map(({ featureKey, limitKey, limit, remaining, resetTime }) => {
    const quota = { featureKey, limitKey, limit, remaining }
    return create(MyQuotaSchema, { ...quota, ...(resetTime ? { resetTime } : {}) })
  })
}
