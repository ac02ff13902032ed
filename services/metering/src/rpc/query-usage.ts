import { create } from '@bufbuild/protobuf'
import {
  QueryUsageResponseSchema,
  type QueryUsageRequest,
  type QueryUsageResponse,
} from '@purser/contracts/metering/v1/metering'
import { Decimal, PurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import type { Meter } from '../domain/meter.ts'
import { listUsage } from '../store/usage-rows.ts'
import { fromProtoTimeRange, fromProtoWindowSize } from './convert.ts'
import { readMeter } from './get-meter.ts'

const DEFAULT_LIMIT = 1_000

/** Answers usage in groups and windows. Throws `resource.not_found`, `request.invalid` for an unknown group or a range that ends before it begins. */
export function queryUsage(ctx: MeteringContext) {
  return async (req: QueryUsageRequest): Promise<QueryUsageResponse> => {
    const range = fromProtoTimeRange(req)
    const meter = await readMeter(ctx, req.tenant, req.meterKey)
    checkGroups(meter, req.groupBy)
    const question = {
      meter,
      ...range,
      accountId: req.accountId || undefined,
      featureKey: req.featureKey || undefined,
      groupBy: req.groupBy,
      window: fromProtoWindowSize(req.window),
      timeZone: req.timeZone || 'UTC',
      limit: req.limit || DEFAULT_LIMIT,
    }
    const rows = await ctx.db.tx(req.tenant, (tx) => listUsage(tx, req.tenant, question), {
      readOnly: true,
    })
    return create(QueryUsageResponseSchema, {
      rows: rows.map((row) => ({
        windowStart: toProtoTimestamp(row.windowStart),
        group: row.group,
        value: Decimal.parse(row.value).toString(),
        eventCount: row.eventCount,
      })),
    })
  }
}

function checkGroups(meter: Meter, groupBy: readonly string[]): void {
  const known = ['account_id', 'feature_key', ...meter.dimensions]
  const fields = groupBy.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [{ field: `group_by[${index}]`, message: `must be one of ${known.join(', ')}` }],
  )
  if (fields.length > 0) {
    throw new PurserError('request.invalid', `Meter "${meter.meterKey}" cannot be grouped so.`, {
      fields,
    })
  }
}
