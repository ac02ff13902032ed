import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import { availableOf, type StockLevel } from './domain/stock-level.ts'

/**
 * `stock.low`: `{ variant_id, location_id, available, threshold }`, once when what is available falls to
 * the threshold or below, and again only after it was above.
 */
export async function publishStockLow(
  tx: Tx,
  tenantId: string,
  levels: readonly StockLevel[],
  occurredAt: Temporal.Instant,
): Promise<void> {
  if (levels.length === 0) return
  const events = levels.map((level) => ({
    tenantId,
    subject: 'stock.low',
    occurredAt,
    payload: {
      variant_id: level.variantId,
      location_id: level.locationId,
      // At most 10^12.
      available: Number(availableOf(level)),
      threshold: Number(level.lowStockThreshold),
    },
  }))
  await publish(tx, events)
}
