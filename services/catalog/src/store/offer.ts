import { statement, type Tx } from '@purser/postgres'
import type { StockPolicy } from '../domain/product.ts'
import type { HeldUnits } from '../domain/reservation.ts'
import type { Offer } from '../domain/reserve.ts'
import { fromSidesRow, type SidesRow } from './dimensions.ts'
import { fromUnitsRow } from './reservation.ts'

const offersStatement = statement(
  'catalog.find_offers',
  `select exists (
       select from reservation as r where r.tenant_id = $1 and r.reservation_id = $6
     ) as is_used,
     v.variant_id, v.product_id, v.sku, v.option_values, v.weight_grams, v.requires_shipping,
     v.dimensions_mm, v.stock_policy, p.title, p.slug, p.tax_category,
     coalesce(p.images -> 0 ->> 'url', '') as image_url,
     v.is_active and p.status = 'published' and p.publish_at <= $5::timestamptz as for_sale,
     a.amount_minor, a.compare_at_minor,
     (
       select json_agg(json_build_object(
         'reservation_id', u.reservation_id, 'variant_id', u.variant_id, 'location_id', u.location_id,
         'state', u.state, 'quantity', u.quantity, 'backordered', u.backordered, 'restocked', u.restocked))
       from reservation_line as u
       where u.tenant_id = v.tenant_id
         and u.variant_id = v.variant_id
         and u.location_id <> ''
         and u.state = 'held'
         and u.expire_at <= $5::timestamptz
     ) as expired,
     (
       select coalesce(sum(s.on_hand - s.reserved), 0)
       from stock_level as s
       where s.tenant_id = v.tenant_id and s.variant_id = v.variant_id
     ) as available
   from variant as v
   join product as p on p.tenant_id = v.tenant_id and p.product_id = v.product_id
   left join lateral price_at($1, v.variant_id, $3, $4, $5::timestamptz) as a on true
   where v.tenant_id = $1
     and v.variant_id = any($2::text[])`,
)

/** A variant as it is offered, with units of expired reservations and what is free beside those. */
export type KnownOffer = { offer: Offer; expired: HeldUnits[]; available: bigint }

/**
 * Offers of variants at a moment; unknown variants are left out. Units of what is not counted are no
 * use to others: they are not among the expired. `isUsed`: there is a reservation with the id, which is
 * told as long as any of the variants is known. Takes no lock.
 */
export async function findOffers(
  tx: Tx,
  tenantId: string,
  question: {
    variantIds: readonly string[]
    currency: string
    priceListKey: string
    now: Temporal.Instant
    reservationId?: string
  },
): Promise<{ offers: KnownOffer[]; isUsed: boolean }> {
  const { variantIds, currency, priceListKey, now, reservationId } = question
  const rows = await tx.query<{
    is_used: boolean
    variant_id: string
    product_id: string
    sku: string
    option_values: string[]
    weight_grams: number
    requires_shipping: boolean
    dimensions_mm: SidesRow
    stock_policy: StockPolicy
    title: string
    slug: string
    tax_category: string
    image_url: string
    for_sale: boolean
    amount_minor: bigint | null
    compare_at_minor: bigint | null
    expired: Parameters<typeof fromUnitsRow>[0][] | null
    available: string
  }>(offersStatement, [tenantId, variantIds, currency, priceListKey, now, reservationId])
  const offers = rows.map((row) => ({
    offer: {
      variantId: row.variant_id,
      productId: row.product_id,
      sku: row.sku,
      title: row.title,
      slug: row.slug,
      imageUrl: row.image_url,
      optionValues: row.option_values,
      weightGrams: row.weight_grams,
      requiresShipping: row.requires_shipping,
      ...fromSidesRow(row.dimensions_mm),
      taxCategory: row.tax_category,
      stockPolicy: row.stock_policy,
      forSale: row.for_sale,
      unitMinor: asNumber(row.amount_minor),
      compareAtMinor: asNumber(row.compare_at_minor),
    },
    expired: (row.expired ?? []).map(fromUnitsRow),
    available: BigInt(row.available),
  }))
  return { offers, isUsed: rows[0]?.is_used ?? false }
}

/** Amounts are at most 10^12. */
const asNumber = (amount: bigint | null) => (amount === null ? undefined : Number(amount))
