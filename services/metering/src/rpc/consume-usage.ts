import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ConsumeUsageRequest,
  type ConsumeUsageResponse,
  ConsumeUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { fromProtoFeatures, propertiesJsonOf, toProtoStanding } from './convert-usage.ts'
import { refuseUnlessAdmitted, tellStanding } from './tell-usage.ts'

/**
 * Admits and records units, all or none. Throws `metering.limit_exceeded`, `metering.feature_not_entitled`,
 * `metering.id_of_other_usage`, `metering.overloaded`, `request.invalid`; none of these counted anything.
 */
export function consumeUsage({ decider }: Pick<MeteringContext, 'decider'>) {
  return async (req: ConsumeUsageRequest, call: HandlerContext): Promise<ConsumeUsageResponse> => {
    const answer = await decider.decide(req.tenant, {
      accountId: req.accountId,
      features: fromProtoFeatures(req.features),
      id: req.id || undefined,
      propertiesJson: propertiesJsonOf(req.properties),
      holdSeconds: undefined,
    })
    refuseUnlessAdmitted(answer)
    tellStanding(call, answer)
    return create(ConsumeUsageResponseSchema, {
      repeated: answer.verdict === 'repeated',
      features: answer.features.map(toProtoStanding),
    })
  }
}
