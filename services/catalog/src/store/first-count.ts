import { statement, type Tx } from '@purser/postgres'

/** Units of a variant at a location that a file tells of. */
export type FirstCount = { variantId: string; locationId: string; units: bigint }

const openStatement = statement(
  'catalog.open_counted_levels',
  `with opened as (
     insert into stock_level (
       tenant_id, variant_id, location_id, product_id, on_hand, reserved, backordered, owed, low_stock_threshold, is_low)
     select $1, v.variant_id, l.location_id, v.product_id, w.units, 0, 0, 0, null, false
     from unnest($2::text[], $3::text[], $4::bigint[]) as w (variant_id, location_id, units)
     join variant as v on v.tenant_id = $1 and v.variant_id = w.variant_id
     join location as l on l.tenant_id = $1 and l.location_id = w.location_id
     order by v.variant_id, l.location_id
     on conflict (tenant_id, variant_id, location_id) do nothing
     returning variant_id, location_id, on_hand
   )
   insert into stock_movement (
     tenant_id, variant_id, location_id, kind, on_hand, reserved, backordered, owed, reservation_id, order_id,
     reason, moved_at)
   select $1, o.variant_id, o.location_id, 'initial', o.on_hand, 0, 0, 0, null, null, 'import', $5::timestamptz
   from opened as o`,
)

/**
 * Opens levels with their first count, and enters it into the ledger. Levels that are open stay as they are: what was
 * sold since a file was written must not come back by reading it again.
 */
export async function openFirstCounts(
  tx: Tx,
  tenantId: string,
  counts: readonly FirstCount[],
  countedAt: Temporal.Instant,
): Promise<void> {
  if (counts.length === 0) return
  await tx.execute(openStatement, [
    tenantId,
    counts.map(({ variantId }) => variantId),
    counts.map(({ locationId }) => locationId),
    counts.map(({ units }) => units),
    countedAt,
  ])
}
