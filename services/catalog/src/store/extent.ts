import { statement, type Tx } from '@purser/postgres'

const extentStatement = statement(
  'catalog.read_extent',
  `select
     array(
       select distinct a ->> 'key'
       from product as p, jsonb_array_elements(p.attributes) as a
       where p.tenant_id = $1
       order by 1
     ) as attributes,
     array(
       select distinct currency
       from price
       where tenant_id = $1 and price_list_key = '' and starts_at is null and ends_at is null
       order by 1
     ) as currencies`,
)

/** Keys of the attributes that products have, and currencies of the plain prices, in order. */
export async function readExtent(
  tx: Tx,
  tenantId: string,
): Promise<{ attributes: string[]; currencies: string[] }> {
  const [row] = await tx.query<{ attributes: string[]; currencies: string[] }>(extentStatement, [
    tenantId,
  ])
  return row ?? { attributes: [], currencies: [] }
}
