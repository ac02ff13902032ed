import { create } from '@bufbuild/protobuf'
import {
  type CommitUsageRequest,
  type CommitUsageResponse,
  CommitUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { fromProtoFeatures } from './convert-usage.ts'

/**
 * Ends a reservation and records what was used. Throws `resource.not_found`, `request.invalid` for a feature that was
 * not reserved, `metering.hold_not_open` when it has ended with other units.
 */
export function commitUsage({ limits }: Pick<MeteringContext, 'limits'>) {
  return async (req: CommitUsageRequest): Promise<CommitUsageResponse> => {
    const used = fromProtoFeatures(req.features, 0n)
    const features = await limits.commit(req.tenant, req.reservationId, used)
    return create(CommitUsageResponseSchema, { features })
  }
}
