import { statement, type Tx } from '@purser/postgres'
import type { Area, Zone } from '../domain/area.ts'

const listStatement = statement(
  'shipping.list_zones',
  `select z.zone_key, z.title, (
     select coalesce(json_agg(json_build_object(
       'country', a.country, 'region', a.region, 'postalPrefix', a.postal_prefix
     ) order by a.country, a.region, a.postal_prefix), '[]')
     from zone_area as a
     where a.tenant_id = z.tenant_id and a.zone_key = z.zone_key
   ) as areas
   from zone as z
   where z.tenant_id = $1
   order by z.zone_key`,
)

/** Every zone with its areas, by key. Takes no lock. */
export async function listZones(tx: Tx, tenantId: string): Promise<Zone[]> {
  const rows = await tx.query<{ zone_key: string; title: string; areas: Area[] }>(listStatement, [
    tenantId,
  ])
  return rows.map(({ zone_key: zoneKey, title, areas }) => ({ zoneKey, title, areas }))
}

const putStatement = statement(
  'shipping.put_zone',
  `insert into zone (tenant_id, zone_key, title)
   values ($1, $2, $3)
   on conflict (tenant_id, zone_key) do update
   set title = excluded.title`,
)

const clearStatement = statement(
  'shipping.clear_zone',
  `delete from zone_area
   where tenant_id = $1
     and zone_key = $2`,
)

const fillStatement = statement(
  'shipping.fill_zone',
  `insert into zone_area (tenant_id, zone_key, country, region, postal_prefix)
   select $1, $2, a.country, a.region, a.postal_prefix
   from unnest($3::text[], $4::text[], $5::text[]) as a (country, region, postal_prefix)
   order by a.country, a.region, a.postal_prefix
   on conflict do nothing`,
)

/**
 * Creates a zone or replaces it with its areas; false when another zone has one of them, and then the
 * transaction must not be committed. Locks the zone's row, then its areas.
 */
export async function putZone(tx: Tx, tenantId: string, zone: Zone): Promise<boolean> {
  const { zoneKey, title, areas } = zone
  await tx.execute(putStatement, [tenantId, zoneKey, title])
  await tx.execute(clearStatement, [tenantId, zoneKey])
  const filled = await tx.execute(fillStatement, [
    tenantId,
    zoneKey,
    areas.map(({ country }) => country),
    areas.map(({ region }) => region),
    areas.map(({ postalPrefix }) => postalPrefix),
  ])
  return filled === areas.length
}

const lockStatement = statement(
  'shipping.lock_zone',
  `select exists (
     select from rate as r
     where r.tenant_id = z.tenant_id and r.zone_key = z.zone_key
   ) as is_used
   from zone as z
   where z.tenant_id = $1
     and z.zone_key = $2
   for update of z`,
)

const deleteStatement = statement(
  'shipping.delete_zone',
  `delete from zone
   where tenant_id = $1
     and zone_key = $2`,
)

/** Removes a zone that no rate is for. Locks its row, so that no rate comes in between. */
export async function deleteZone(
  tx: Tx,
  tenantId: string,
  zoneKey: string,
): Promise<'deleted' | 'unknown' | 'in_use'> {
  await tx.query(lockStatement, [tenantId, zoneKey])
  // Once more: a rate that was added while the first one waited for its lock is seen now.
  const [row] = await tx.query<{ is_used: boolean }>(lockStatement, [tenantId, zoneKey])
  if (row === undefined) return 'unknown'
  if (row.is_used) return 'in_use'
  await tx.execute(deleteStatement, [tenantId, zoneKey])
  return 'deleted'
}
