import { create } from '@bufbuild/protobuf'
import {
  type Rate as ProtoRate,
  RateBasis as ProtoBasis,
  type ShippingMethod as ProtoMethod,
  ShippingMethodSchema,
} from '@purser/contracts/shipping/v1/method'
import type { ShippingMethod } from '../domain/method.ts'
import type { Rate, RateBasis } from '../domain/rate.ts'

const protoBases = {
  weight: ProtoBasis.WEIGHT,
  subtotal: ProtoBasis.SUBTOTAL,
  pieces: ProtoBasis.PIECES,
  volume: ProtoBasis.VOLUME,
} as const satisfies Record<RateBasis, ProtoBasis>

const bases: ReadonlyMap<ProtoBasis, RateBasis> = new Map([
  [ProtoBasis.WEIGHT, 'weight'],
  [ProtoBasis.SUBTOTAL, 'subtotal'],
  [ProtoBasis.PIECES, 'pieces'],
  [ProtoBasis.VOLUME, 'volume'],
])

/** A rate of a request; by pieces where it does not say. */
export function fromProtoRate(rate: ProtoRate): Rate {
  const { zoneKey, currency, maxSideMm, maxLengthAndGirthMm } = rate
  return {
    zoneKey,
    currency,
    basis: bases.get(rate.basis) ?? 'pieces',
    tiers: rate.tiers.map(({ upTo, priceCents }) => ({ upTo, priceMinor: priceCents })),
    freeFromMinor: rate.freeFromCents,
    maxSideMm,
    maxLengthAndGirthMm,
  }
}

/** A method of the contract. */
export function toProtoMethod({ rates, ...method }: ShippingMethod): ProtoMethod {
  return create(ShippingMethodSchema, {
    ...method,
    rates: rates.map(toProtoRate),
  })
}

function toProtoRate(rate: Rate) {
  const { zoneKey, currency, basis, tiers, freeFromMinor, maxSideMm, maxLengthAndGirthMm } = rate
  return {
    zoneKey,
    currency,
    basis: protoBases[basis],
    tiers: tiers.map(({ upTo, priceMinor }) => ({
      priceCents: priceMinor,
      ...(upTo !== undefined && { upTo }),
    })),
    ...(freeFromMinor !== undefined && { freeFromCents: freeFromMinor }),
    ...(maxSideMm !== undefined && { maxSideMm }),
    ...(maxLengthAndGirthMm !== undefined && { maxLengthAndGirthMm }),
  }
}
