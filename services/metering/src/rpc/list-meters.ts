import { create } from '@bufbuild/protobuf'
import {
  ListMetersResponseSchema,
  type ListMetersRequest,
  type ListMetersResponse,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { listMeters as readMeters } from '../store/meter.ts'
import { toProtoMeter } from './convert.ts'

/** Lists the tenant's meters by key. */
export function listMeters(ctx: MeteringContext) {
  return async ({ tenant }: ListMetersRequest): Promise<ListMetersResponse> => {
    const meters = await ctx.db.tx(tenant, (tx) => readMeters(tx, tenant), { readOnly: true })
    return create(ListMetersResponseSchema, { meters: meters.map(toProtoMeter) })
  }
}
