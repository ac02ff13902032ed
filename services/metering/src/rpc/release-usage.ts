import { create } from '@bufbuild/protobuf'
import {
  type ReleaseUsageRequest,
  type ReleaseUsageResponse,
  ReleaseUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'

/** Ends a reservation of which nothing was used. Throws `resource.not_found`, `metering.hold_not_open`. */
export function releaseUsage({ limits }: Pick<MeteringContext, 'limits'>) {
  return async (req: ReleaseUsageRequest): Promise<ReleaseUsageResponse> => {
    await limits.commit(req.tenant, req.reservationId, [])
    return create(ReleaseUsageResponseSchema)
  }
}
