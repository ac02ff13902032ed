import { create } from '@bufbuild/protobuf'
import {
  type ListUsageAlertsRequest,
  type ListUsageAlertsResponse,
  ListUsageAlertsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import {
  decodePageToken,
  encodePageToken,
  pageSizeOf,
  timeOfPosition,
  toProtoTimestamp,
  wholeOfPosition,
} from '@purser/rpc'
import { type AlertPosition, listAlerts } from '../alerts/usage-alert-store.ts'
import type { UsageAlert } from '../alerts/usage-alert.ts'
import type { MeteringContext } from '../context.ts'

/** Pages through the last alert of each share of each limit, the latest first. Throws `request.invalid` for a page token that no list answered. */
export function listUsageAlerts({ db }: Pick<MeteringContext, 'db'>) {
  return async (req: ListUsageAlertsRequest): Promise<ListUsageAlertsResponse> => {
    const limit = pageSizeOf(req.pageSize)
    const question = {
      accountId: req.accountId || undefined,
      after: fromPageToken(req.pageToken),
      limit,
    }
    const alerts = await db.tx(req.tenant, (tx) => listAlerts(tx, req.tenant, question), {
      readOnly: true,
    })
    const last = alerts.length === limit ? alerts.at(-1) : undefined
    return create(ListUsageAlertsResponseSchema, {
      alerts: alerts.map(({ decidedAt, windowStart, reset, ...alert }) => ({
        ...alert,
        windowStart: toProtoTimestamp(windowStart),
        ...(reset ? { resetTime: toProtoTimestamp(reset) } : {}),
        alertTime: toProtoTimestamp(decidedAt),
      })),
      nextPageToken: last ? encodePageToken(positionOf(last)) : '',
    })
  }
}

function fromPageToken(token: string): AlertPosition | undefined {
  const position = decodePageToken(token, 5) as AlertPosition | undefined
  if (position === undefined) return undefined
  const [time, accountId, featureKey, limitKey, percent] = position
  return [
    timeOfPosition(time).toString(),
    accountId,
    featureKey,
    limitKey,
    String(wholeOfPosition(percent)),
  ]
}

function positionOf(alert: UsageAlert): AlertPosition {
  const { decidedAt, accountId, featureKey, limitKey, percent } = alert
  return [decidedAt.toString(), accountId, featureKey, limitKey, String(percent)]
}
