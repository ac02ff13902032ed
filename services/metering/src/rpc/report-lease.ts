import { create } from '@bufbuild/protobuf'
import {
  type LeaseReport,
  LeaseReportSchema,
  type ReportLeaseRequest,
  type ReturnLeaseRequest,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'

/**
 * Records what a lease has used so far; as `isFinal`, ends it and gives the rest back. Throws `resource.not_found`,
 * `request.invalid` for units below those reported before or above those lent, `metering.hold_not_open`.
 */
export function reportLease({ limits }: Pick<MeteringContext, 'limits'>, isFinal: boolean) {
  return async (req: ReportLeaseRequest | ReturnLeaseRequest): Promise<LeaseReport> => {
    const { tenant, leaseId, sequence, usedQuantity: used } = req
    const report = await limits.report(tenant, { leaseId, sequence, used, isFinal })
    return create(LeaseReportSchema, report)
  }
}
