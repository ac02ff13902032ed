import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { OutagePolicy } from '@purser/contracts/common/v1/entitlement'
import {
  type ConsumeUsageRequest,
  type ConsumeUsageResponse,
  ConsumeUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { readOutagePolicies } from '../limits/outage-policy-store.ts'
import type { UsageAnswer } from '../limits/usage-request.ts'
import { fromProtoFeatures, propertiesJsonOf, toProtoStanding } from './convert-usage.ts'
import { refuseUnlessAdmitted, tellStanding } from './tell-usage.ts'

/**
 * Admits and records units, all or none. Throws `metering.limit_exceeded`, `metering.feature_not_entitled`,
 * `metering.id_of_other_usage`, `metering.overloaded`, `request.invalid`; none of these counted anything.
 */
export function consumeUsage(ctx: Pick<MeteringContext, 'db' | 'decider'>) {
  return async (req: ConsumeUsageRequest, call: HandlerContext): Promise<ConsumeUsageResponse> => {
    // Before the decision: what fails here has counted nothing.
    const policies = req.tellOnOutage ? await outagePoliciesOf(ctx, req) : noPolicies
    const answer = await ctx.decider.decide(req.tenant, {
      accountId: req.accountId,
      features: fromProtoFeatures(req.features),
      id: req.id || undefined,
      propertiesJson: propertiesJsonOf(req.properties),
      holdSeconds: undefined,
    })
    refuseTellingPolicy(answer, policies)
    tellStanding(call, answer)
    return create(ConsumeUsageResponseSchema, {
      repeated: answer.verdict === 'repeated',
      features: answer.features.map((feature) => {
        const standing = toProtoStanding(feature)
        const isOpen = policies.get(feature.featureKey)
        if (isOpen !== undefined)
          standing.onOutage = isOpen ? OutagePolicy.OPEN : OutagePolicy.CLOSED
        return standing
      }),
    })
  }
}

/** Whether features admit in an outage. */
type Policies = ReadonlyMap<string, boolean>

const noPolicies: Policies = new Map()

async function outagePoliciesOf(
  { db }: Pick<MeteringContext, 'db'>,
  { tenant, accountId, features }: ConsumeUsageRequest,
): Promise<Policies> {
  const question = { accountId, featureKeys: features.map(({ featureKey }) => featureKey) }
  return await db.tx(tenant, (tx) => readOutagePolicies(tx, tenant, question), { readOnly: true })
}

/** Refuses as `refuseUnlessAdmitted` does; a refusal by a limit tells the rule of its feature as `on_outage`. */
function refuseTellingPolicy(answer: UsageAnswer, policies: Policies): void {
  try {
    refuseUnlessAdmitted(answer)
  } catch (error) {
    if (!(error instanceof PurserError) || error.code !== 'metering.limit_exceeded') throw error
    const isOpen = policies.get(error.details['feature_key'] ?? '')
    if (isOpen === undefined) throw error
    const details = { ...error.details, on_outage: isOpen ? 'open' : 'closed' }
    throw new PurserError(error.code, error.message, { details })
  }
}
