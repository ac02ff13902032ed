import { create } from '@bufbuild/protobuf'
import {
  type ListLimitsRequest,
  type ListLimitsResponse,
  ListLimitsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { listAccountLimits } from '../store/limit-standing.ts'
import { toProtoAccountLimit } from './convert-limit.ts'

/** Answers every limit of an account as it stands now; none for an account that holds nothing. */
export function listLimits({ db }: Pick<MeteringContext, 'db'>) {
  return async ({ tenant, accountId }: ListLimitsRequest): Promise<ListLimitsResponse> => {
    const limits = await db.tx(tenant, (tx) => listAccountLimits(tx, tenant, accountId), {
      readOnly: true,
    })
    return create(ListLimitsResponseSchema, { limits: limits.map(toProtoAccountLimit) })
  }
}
