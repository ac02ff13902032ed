import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { UsageAlert } from './alerts/usage-alert.ts'

/**
 * `usage.threshold_reached`: `{ account_id, feature_key, limit_key, percent, used, limit, window_start, reset_time }`;
 * `percent` is the share that is reached, `used` and `limit` are units as decimal text, times are RFC 3339 text, and
 * `reset_time` is empty when no unit comes back by itself.
 */
export async function publishThresholdsReached(
  tx: Tx,
  tenantId: string,
  alerts: readonly UsageAlert[],
): Promise<void> {
  const events = alerts.map((alert) => ({
    tenantId,
    subject: 'usage.threshold_reached',
    occurredAt: alert.decidedAt,
    payload: {
      account_id: alert.accountId,
      feature_key: alert.featureKey,
      limit_key: alert.limitKey,
      percent: alert.percent,
      used: String(alert.used),
      limit: String(alert.limit),
      window_start: alert.windowStart.toString(),
      reset_time: alert.reset?.toString() ?? '',
    },
  }))
  await publish(tx, events)
}
