import { ListUsageAlertsResponseSchema } from '@purser/contracts/metering/v1/metering'
import { fromProtoTimestamp } from '@purser/rpc'
import type { ApiClient } from './api-client.ts'
import { formatTable } from './table.ts'

/** Prints the alerts that were told last: shares of limits that accounts have used up. */
export async function listUsageAlerts(
  api: ApiClient,
  options: { account?: string; limit: number },
): Promise<void> {
  const { alerts, nextPageToken } = await api.call(ListUsageAlertsResponseSchema, {
    path: '/usage/alerts',
    query: { account_id: options.account, page_size: options.limit },
  })
  const rows = alerts.map((alert) => [
    minute(alert.alertTime),
    alert.accountId,
    `${alert.featureKey} ${alert.limitKey}`,
    `${alert.percent} %`,
    String(alert.used),
    String(alert.limit),
    minute(alert.resetTime),
  ])
  const head = ['time (UTC)', 'account', 'limit', 'share>', 'used>', 'of>', 'window ends']
  console.log(formatTable([head, ...rows]))
  if (nextPageToken !== '') console.log(`... more: --limit ${Math.min(1_000, options.limit * 2)}`)
}

/** To the minute, in UTC; `-` for none. */
function minute(time: Parameters<typeof fromProtoTimestamp>[0] | undefined): string {
  return time ? fromProtoTimestamp(time).toString().slice(0, 16) : '-'
}
