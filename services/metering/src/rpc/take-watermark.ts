import { create } from '@bufbuild/protobuf'
import {
  TakeWatermarkResponseSchema,
  type TakeWatermarkRequest,
  type TakeWatermarkResponse,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { takeWatermark as drawLine } from '../store/watermark.ts'

/** Draws a line under the tenant's stored events; waits for ingest batches under way. */
export function takeWatermark(ctx: MeteringContext) {
  return async ({ tenant }: TakeWatermarkRequest): Promise<TakeWatermarkResponse> => {
    const watermark = await ctx.db.tx(tenant, (tx) => drawLine(tx, tenant))
    return create(TakeWatermarkResponseSchema, { watermark })
  }
}
