import { create } from '@bufbuild/protobuf'
import {
  type DeleteZoneRequest,
  type DeleteZoneResponse,
  DeleteZoneResponseSchema,
  type ListZonesRequest,
  type ListZonesResponse,
  ListZonesResponseSchema,
  type PutZoneRequest,
  type Zone as ProtoZone,
  ZoneSchema,
} from '@purser/contracts/shipping/v1/method'
import { PurserError, requireCountry, requireRegion } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import { type Area, normalArea, type Zone } from '../domain/area.ts'
import { deleteZone, listZones, putZone } from '../store/zone.ts'
import { invalidField } from './invalid-field.ts'

const MOST_ZONES = 200

/** The methods about zones. */
export function zoneMethods(ctx: ShippingContext) {
  return {
    /** Answers every zone, by key. */
    listZones: async ({ tenant }: ListZonesRequest): Promise<ListZonesResponse> => {
      const zones = await ctx.db.tx(tenant, (tx) => listZones(tx, tenant), { readOnly: true })
      return create(ListZonesResponseSchema, { zones: zones.map(toProtoZone) })
    },

    /**
     * Throws `request.invalid` for an area that repeats, has parts without a country, or names none by its code,
     * `shipping.area_taken`, `shipping.too_many`.
     */
    putZone: async (req: PutZoneRequest): Promise<ProtoZone> => {
      const { tenant, zoneKey, title } = req
      const zone: Zone = { zoneKey, title, areas: areasOf(req) }
      await ctx.db.tx(tenant, async (tx) => {
        const others = (await listZones(tx, tenant)).filter((known) => known.zoneKey !== zoneKey)
        if (others.length >= MOST_ZONES) {
          throw new PurserError('shipping.too_many', `There are ${MOST_ZONES} zones already.`)
        }
        if (await putZone(tx, tenant, zone)) return
        throw new PurserError('shipping.area_taken', 'An area belongs to another zone.')
      })
      return toProtoZone(zone)
    },

    /** Throws `resource.not_found`, `shipping.zone_in_use`. */
    deleteZone: async ({ tenant, zoneKey }: DeleteZoneRequest): Promise<DeleteZoneResponse> => {
      const outcome = await ctx.db.tx(tenant, (tx) => deleteZone(tx, tenant, zoneKey))
      if (outcome === 'unknown') {
        throw new PurserError('resource.not_found', 'There is no such zone.')
      }
      if (outcome === 'in_use') {
        throw new PurserError('shipping.zone_in_use', 'A method has a rate for the zone.')
      }
      return create(DeleteZoneResponseSchema)
    },
  }
}

/** Areas in their normal form, by country, region and postal prefix, as they are listed. */
function areasOf(req: PutZoneRequest): Area[] {
  const seen = new Set<string>()
  return req.areas.map((proto, index) => {
    const { country, region, postalPrefix } = proto
    const area = normalArea({ country, region, postalPrefix })
    if (country === '' && (area.region !== '' || area.postalPrefix !== '')) {
      throw invalidField(`areas[${index}].country`, 'is required with a region or postal prefix')
    }
    if (country !== '') requireCountry(country, `areas[${index}].country`)
    if (area.region !== '') requireRegion(area, '', `areas[${index}].region`)
    const text = JSON.stringify([area.country, area.region, area.postalPrefix])
    if (seen.has(text)) throw invalidField(`areas[${index}]`, 'repeats another one')
    seen.add(text)
    return area
  })
}

function toProtoZone({ zoneKey, title, areas }: Zone): ProtoZone {
  return create(ZoneSchema, { zoneKey, title, areas: [...areas] })
}
