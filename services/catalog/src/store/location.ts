import { statement, type Tx } from '@purser/postgres'

/** A place where stock lies; units are taken from the lowest position first. */
export type Location = { locationId: string; title: string; position: number }

const putStatement = statement(
  'catalog.put_location',
  `insert into location (tenant_id, location_id, title, position)
   values ($1, $2, $3, $4::integer)
   on conflict (tenant_id, location_id) do update
   set title = excluded.title, position = excluded.position`,
)

/** Creates or changes a location. */
export async function putLocation(tx: Tx, tenantId: string, location: Location): Promise<void> {
  const { locationId, title, position } = location
  await tx.execute(putStatement, [tenantId, locationId, title, position])
}

const listStatement = statement(
  'catalog.list_locations',
  `select location_id, title, position
   from location
   where tenant_id = $1
   order by position, location_id`,
)

/** Every location, in the order in which units are taken. */
export async function listLocations(tx: Tx, tenantId: string): Promise<Location[]> {
  const rows = await tx.query<{ location_id: string; title: string; position: number }>(
    listStatement,
    [tenantId],
  )
  return rows.map(({ location_id: locationId, title, position }) => ({
    locationId,
    title,
    position,
  }))
}
