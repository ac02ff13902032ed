import { statement, type Tx } from '@purser/postgres'
import type { CarriedBy, ShippingMethod } from '../domain/method.ts'
import type { Rate, RateBasis } from '../domain/rate.ts'

/** Tiers of a rate as JSON in its order; whole numbers as texts, which JSON keeps exact. */
const tiersJson = `(
     select json_agg(json_build_object('up_to', t.up_to::text, 'price', t.price_minor::text)
       order by t.position)
     from rate_tier as t
     where t.tenant_id = r.tenant_id
       and t.method_key = r.method_key
       and t.zone_key = r.zone_key
       and t.currency = r.currency
   )`

type TierRow = { up_to: string | null; price: string }

type RateRow = {
  zone_key: string
  currency: string
  basis: RateBasis
  free_from: string | null
  max_side_mm: number | null
  max_length_and_girth_mm: number | null
  tiers: TierRow[]
}

function fromRowRate(row: RateRow): Rate {
  return {
    zoneKey: row.zone_key,
    currency: row.currency,
    basis: row.basis,
    freeFromMinor: row.free_from === null ? undefined : BigInt(row.free_from),
    maxSideMm: row.max_side_mm ?? undefined,
    maxLengthAndGirthMm: row.max_length_and_girth_mm ?? undefined,
    tiers: row.tiers.map(({ up_to, price }) => ({
      upTo: up_to === null ? undefined : BigInt(up_to),
      priceMinor: BigInt(price),
    })),
  }
}

type MethodRow = {
  method_key: string
  title: string
  carrier: string
  carrier_service: string
  is_active: boolean
  position: number
}

const listStatement = statement(
  'shipping.list_methods',
  `select m.method_key, m.title, m.carrier, m.carrier_service, m.is_active, m.position, (
     select coalesce(json_agg(json_build_object(
       'zone_key', r.zone_key, 'currency', r.currency, 'basis', r.basis,
       'free_from', r.free_from_minor::text, 'max_side_mm', r.max_side_mm,
       'max_length_and_girth_mm', r.max_length_and_girth_mm, 'tiers', ${tiersJson}
     ) order by r.zone_key, r.currency), '[]')
     from rate as r
     where r.tenant_id = m.tenant_id and r.method_key = m.method_key
   ) as rates
   from method as m
   where m.tenant_id = $1
   order by m.position, m.method_key`,
)

/** Every method with its rates, by position and key. Takes no lock. */
export async function listMethods(tx: Tx, tenantId: string): Promise<ShippingMethod[]> {
  const rows = await tx.query<MethodRow & { rates: RateRow[] }>(listStatement, [tenantId])
  return rows.map((row) => ({
    methodKey: row.method_key,
    title: row.title,
    carrier: row.carrier,
    carrierService: row.carrier_service,
    isActive: row.is_active,
    position: row.position,
    rates: row.rates.map(fromRowRate),
  }))
}

const putStatement = statement(
  'shipping.put_method',
  `insert into method
     (tenant_id, method_key, title, carrier, carrier_service, is_active, position)
   values ($1, $2, $3, $4, $5, $6::boolean, $7::integer)
   on conflict (tenant_id, method_key) do update
   set title = excluded.title,
     carrier = excluded.carrier,
     carrier_service = excluded.carrier_service,
     is_active = excluded.is_active,
     position = excluded.position`,
)

const clearStatement = statement(
  'shipping.clear_method',
  `delete from rate
   where tenant_id = $1
     and method_key = $2`,
)

const fillStatement = statement(
  'shipping.fill_method',
  `with wanted as (
     select zone_key, currency, basis, free_from, max_side_mm, max_length_and_girth_mm, tiers
     from jsonb_to_recordset($3::jsonb)
       as w (zone_key text, currency text, basis text, free_from bigint, max_side_mm integer,
         max_length_and_girth_mm integer, tiers jsonb)
   ), filled as (
     insert into rate
       (tenant_id, method_key, zone_key, currency, basis, free_from_minor, max_side_mm,
        max_length_and_girth_mm)
     select $1, $2, zone_key, currency, basis, free_from, max_side_mm, max_length_and_girth_mm
     from wanted
     order by zone_key, currency
   )
   insert into rate_tier
     (tenant_id, method_key, zone_key, currency, position, up_to, price_minor)
   select $1, $2, w.zone_key, w.currency, t.position, (t.tier ->> 'up_to')::bigint,
     (t.tier ->> 'price')::bigint
   from wanted as w, jsonb_array_elements(w.tiers) with ordinality as t (tier, position)`,
)

/** Creates a method or replaces it with its rates, whose zones there are. Locks its row. */
export async function putMethod(tx: Tx, tenantId: string, method: ShippingMethod): Promise<void> {
  const { methodKey, title, carrier, carrierService, isActive, position, rates } = method
  const values = [tenantId, methodKey, title, carrier, carrierService, isActive, position]
  await tx.execute(putStatement, values)
  await tx.execute(clearStatement, [tenantId, methodKey])
  await tx.execute(fillStatement, [tenantId, methodKey, JSON.stringify(rates.map(toRowRate))])
}

function toRowRate(rate: Rate): RateRow {
  return {
    zone_key: rate.zoneKey,
    currency: rate.currency,
    basis: rate.basis,
    free_from: rate.freeFromMinor?.toString() ?? null,
    max_side_mm: rate.maxSideMm ?? null,
    max_length_and_girth_mm: rate.maxLengthAndGirthMm ?? null,
    tiers: rate.tiers.map(({ upTo, priceMinor }) => ({
      up_to: upTo?.toString() ?? null,
      price: priceMinor.toString(),
    })),
  }
}

const lockZonesStatement = statement(
  'shipping.lock_zones',
  `select zone_key
   from zone
   where tenant_id = $1
     and zone_key = any($2::text[])
   order by zone_key
   for key share`,
)

/** Which of these zones there are. Keeps them from being removed until the transaction ends. */
export async function lockZones(
  tx: Tx,
  tenantId: string,
  zoneKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const values = [tenantId, zoneKeys]
  const rows = await tx.query<{ zone_key: string }>(lockZonesStatement, values)
  return new Set(rows.map((row) => row.zone_key))
}

const deleteStatement = statement(
  'shipping.delete_method',
  `delete from method
   where tenant_id = $1
     and method_key = $2`,
)

/** Removes a method with its rates; false when there is none. Locks its row. */
export async function deleteMethod(tx: Tx, tenantId: string, methodKey: string): Promise<boolean> {
  return (await tx.execute(deleteStatement, [tenantId, methodKey])) === 1
}

/** A method that is offered, and what it costs. */
export type Offer = CarriedBy & { rate: Rate }

/** Without a method only the region says something. */
type OfferRow = { some_region: string | null } & ({ method_key: null } | (MethodRow & RateRow))

const offersStatement = statement(
  'shipping.list_offers',
  `with here as (
     select zone_key
     from zone_area
     where tenant_id = $1
       and (
         (country = $2 and region in ('', $3) and starts_with($4, postal_prefix))
         or country = ''
       )
     order by length(postal_prefix) desc, (region <> '') desc, (country <> '') desc
     limit 1
   )
   select regions.some_region, m.method_key, m.title, m.carrier, m.carrier_service, r.zone_key, r.currency,
     r.basis, r.free_from_minor::text as free_from, r.max_side_mm, r.max_length_and_girth_mm,
     ${tiersJson} as tiers
   from (
     select min(region) as some_region
     from zone_area
     where tenant_id = $1
       and country = $2
       and region <> ''
   ) as regions
   left join (
     here
     join rate as r on r.tenant_id = $1 and r.zone_key = here.zone_key and r.currency = $5
     join method as m on m.tenant_id = r.tenant_id and m.method_key = r.method_key and m.is_active
   ) on true
   order by m.position, m.method_key`,
)

/**
 * Methods that deliver to a place, in its most specific zone alone, by position and key. Region and
 * postal code in their normal form. `someRegion`: some region of the country that has an area; undefined
 * when none has. Takes no lock.
 */
export async function listOffers(
  tx: Tx,
  tenantId: string,
  to: { country: string; region: string; postalCode: string; currency: string },
): Promise<{ offers: Offer[]; someRegion: string | undefined }> {
  const { country, region, postalCode, currency } = to
  const values = [tenantId, country, region, postalCode, currency]
  const rows = await tx.query<OfferRow>(offersStatement, values)
  const offers = rows.flatMap((row) =>
    row.method_key === null
      ? []
      : [
          {
            methodKey: row.method_key,
            title: row.title,
            carrier: row.carrier,
            carrierService: row.carrier_service,
            rate: fromRowRate(row),
          },
        ],
  )
  return { offers, someRegion: rows[0]?.some_region ?? undefined }
}
