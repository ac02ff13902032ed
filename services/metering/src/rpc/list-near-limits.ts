import { create } from '@bufbuild/protobuf'
import {
  type ListNearLimitsRequest,
  type ListNearLimitsResponse,
  ListNearLimitsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { listNearLimits as readNearLimits } from '../store/limit-standing.ts'
import { toProtoAccountLimit } from './convert-limit.ts'

const DEFAULT_PERCENT = 80
const DEFAULT_LIMIT = 100

/** Answers the limits that are closest to full, or over, the fullest first. */
export function listNearLimits({ db }: Pick<MeteringContext, 'db'>) {
  return async (req: ListNearLimitsRequest): Promise<ListNearLimitsResponse> => {
    const { tenant } = req
    const question = {
      featureKey: req.featureKey || undefined,
      percent: req.percent || DEFAULT_PERCENT,
      limit: req.limit || DEFAULT_LIMIT,
    }
    const limits = await db.tx(tenant, (tx) => readNearLimits(tx, tenant, question), {
      readOnly: true,
    })
    return create(ListNearLimitsResponseSchema, { limits: limits.map(toProtoAccountLimit) })
  }
}
