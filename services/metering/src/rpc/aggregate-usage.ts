import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { UsageTotalSchema } from '@purser/contracts/metering/v1/metering'
import {
  AggregateUsageResponseSchema,
  type AggregateUsageRequest,
  type AggregateUsageResponse,
} from '@purser/contracts/metering/v1/metering'
import { Decimal, PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { totalUsage } from '../store/usage-total.ts'
import { fromProtoUsageWindow } from './convert.ts'

/** Aggregates meters over many windows at a watermark. Throws `resource.not_found` for an unknown meter. */
export function aggregateUsage(ctx: MeteringContext) {
  return async (req: AggregateUsageRequest): Promise<AggregateUsageResponse> => {
    const meters = new Map(
      (await ctx.meters.list(req.tenant)).map((meter) => [meter.meterKey, meter]),
    )
    const windows = req.windows.map(fromProtoUsageWindow)
    const totals: MessageInitShape<typeof UsageTotalSchema>[] = []
    for (const meterKey of req.meterKeys) {
      const meter = meters.get(meterKey)
      if (meter === undefined)
        throw new PurserError('resource.not_found', `There is no meter "${meterKey}".`)
      const question = { meter, windows, watermark: req.watermark }
      const rows = await ctx.db.tx(req.tenant, (tx) => totalUsage(tx, req.tenant, question), {
        readOnly: true,
      })
      for (const row of rows) {
        totals.push({ ...row, meterKey, value: Decimal.parse(row.value).toString() })
      }
    }
    return create(AggregateUsageResponseSchema, { totals })
  }
}
